"""The comments of a note, in one partition with its earlier revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from services.circles.domain import Comment, ContentState
from services.circles.errors import NoteNotFound
from services.circles.repository.notes import counted_for, thread_pk
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.stream import Change
from services.shared.security.guardrails import ProductDisclosure
from services.shared.security.removals import removal_from_item, removal_to_item
from services.shared.security.take_downs import TakeDowns, is_down
from services.shared.table.entities import EntityChange, EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

COMMENT = "COMMENT#"


def comment_key(circle_id: str, note_id: str, comment_id: str) -> Key:
    return Key(thread_pk(circle_id, note_id), f"{COMMENT}{comment_id}")


def list_comments(
    table: Table, circle_id: str, note_id: str, page: PageRequest, is_listed: Callable[[Comment], bool]
) -> Page[Comment]:
    """Return a page of the comments of a note that are listed, oldest first, tombstones included."""
    query = Query(pk=thread_pk(circle_id, note_id), prefix=COMMENT, limit=page.limit, start=page.start)
    return COMMENTS.list(table, query, is_listed)


def iter_comments(table: Table, circle_id: str, note_id: str, pages: Iterable[object]) -> Iterator[Comment]:
    """Yield the comments of a note, oldest first, in pages of 100, tombstones included."""
    return COMMENTS.iter(table, _comments_of(circle_id, note_id, 100), pages)


def list_newest_comments(table: Table, circle_id: str, note_id: str, limit: int) -> Page[Comment]:
    """Return the newest comments of a note, tombstones included."""
    return COMMENTS.list(table, _comments_of(circle_id, note_id, limit, newest_first=True))


def find_newest_comment(table: Table, circle_id: str, note_id: str) -> Comment | None:
    """Return the newest visible comment of a note."""
    query = _comments_of(circle_id, note_id, 1, newest_first=True)
    return next(iter(COMMENTS.list(table, query, lambda comment: comment.is_visible).items), None)


def _comments_of(circle_id: str, note_id: str, limit: int, *, newest_first: bool = False) -> Query:
    return Query(pk=thread_pk(circle_id, note_id), prefix=COMMENT, limit=limit, newest_first=newest_first)


def get_comment(table: Table, circle_id: str, note_id: str, comment_id: str) -> Comment:
    """Return a visible comment. Raises: NoteNotFound (also for a tombstone)."""
    comment = get_comment_in_any_state(table, circle_id, note_id, comment_id)
    comment.require_visible()
    return comment


def get_comment_in_any_state(table: Table, circle_id: str, note_id: str, comment_id: str) -> Comment:
    return COMMENTS.get(table, comment_key(circle_id, note_id, comment_id))


def find_comment(table: Table, circle_id: str, note_id: str, comment_id: str) -> Comment | None:
    """Return a comment in any state, by a consistent read."""
    return COMMENTS.find(table, comment_key(circle_id, note_id, comment_id), consistent_read=True)


def load_comment(table: Table, circle_id: str, note_id: str, comment_id: str) -> Versioned[Comment]:
    """Load a comment for a change, tombstones included. Raises: NoteNotFound."""
    return COMMENTS.load(table, comment_key(circle_id, note_id, comment_id))


def comment_changes(changes: Sequence[Change]) -> Iterator[EntityChange[Comment]]:
    return COMMENTS.changes(changes, COMMENT)


def is_visible_comment(item: Item | None) -> bool:
    """Whether there is a comment and it is no tombstone. A visible comment has no state in its item."""
    return item is not None and "state" not in item and not is_down(item)


def comment_to_item(comment: Comment) -> Item:
    """Return the item. Its circle is in its key only: a page of comments reads 21 of these in 1.5 read units."""
    item: Item = {
        **comment_key(comment.circle_id, comment.note_id, comment.id).attributes(),
        "id": comment.id,
        "note_id": comment.note_id,
        "author": comment.author,
        "text": comment.text,
        "created_at": millis(comment.created_at),
        "version": comment.version,
        "note_author": comment.note_author,
    }
    if comment.parent_id:
        item |= {"parent_id": comment.parent_id, "parent_author": comment.parent_author}
    if comment.state is not ContentState.VISIBLE:
        item["state"] = str(comment.state)
    if comment.revision > 1:
        item["revision"] = comment.revision
    if comment.disclosure:
        item["disclosure"] = str(comment.disclosure)
    if comment.edited_at:
        item["edited_at"] = millis(comment.edited_at)
    return item | removal_to_item(comment.removal) | comment.take_downs.to_item()


def comment_from_item(item: Item) -> Comment:
    circle_id, note_id = counted_for(item["pk"], item)
    return Comment(
        id=item["id"],
        circle_id=circle_id,
        note_id=note_id,
        author=item["author"],
        text=item["text"],
        created_at=from_millis(item["created_at"]),
        version=item["version"],
        parent_id=item.get("parent_id"),
        state=ContentState(item.get("state", ContentState.VISIBLE)),
        revision=item.get("revision", 1),
        edited_at=from_millis(item["edited_at"]) if "edited_at" in item else None,
        removal=removal_from_item(item),
        take_downs=TakeDowns.from_item(item),
        note_author=item["note_author"],
        parent_author=item.get("parent_author", ""),
        disclosure=ProductDisclosure(item["disclosure"]) if "disclosure" in item else None,
    )


COMMENTS = EntityStore(comment_to_item, comment_from_item, NoteNotFound)
