"""Notes, comments and likes; and the counters folded from their stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ulid import ULID

from services.circles.domain import Comment, Content, Note, NoteState
from services.circles.errors import NoteNotFound
from services.circles.repository.pictures import picture_from_item, picture_to_item
from services.shared.kernel.clock import (
    from_millis,
    millis,
    parse,
    rfc3339,
)
from services.shared.kernel.ids import KEY_LIFETIME
from services.shared.table.port import (
    PRESENT,
    Attr,
    ConditionFailed,
    Item,
    Key,
    Page,
    Query,
    Table,
)
from services.shared.table.queries import ANY_NUMBER, put_if_absent, query_all


def note_key(circle_id: str, note_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"NOTE#{note_id}")


def find_note(table: Table, circle_id: str, note_id: str, *, consistent_read: bool = False) -> Note:
    """A note that is there to be seen."""
    note = look_at_note(table, circle_id, note_id, consistent_read=consistent_read)
    if note is None:
        raise NoteNotFound
    return note


def find_any_note(table: Table, circle_id: str, note_id: str) -> Note:
    """A note also when it is out of sight."""
    item = table.get(note_key(circle_id, note_id))
    if item is None:
        raise NoteNotFound
    return note_from_item(item)


def look_at_note(table: Table, circle_id: str, note_id: str, *, consistent_read: bool = False) -> Note | None:
    """A note if it is there to be seen."""
    item = table.get(note_key(circle_id, note_id), consistent_read=consistent_read)
    return note_from_item(item) if item and item["state"] == NoteState.VISIBLE else None


def list_notes(table: Table, circle_id: str, limit: int, start: Item | None) -> Page:
    return table.query(Query(pk=f"CIRCLE#{circle_id}", prefix="NOTE#", limit=limit, start=start, newest_first=True))


def change_note(table: Table, before: Note, after: Note) -> None:
    """Write what a step changed of a note, unless somebody else did meanwhile; its counters may move on beside it."""
    old, new = note_to_item(before), note_to_item(after)
    changed = {name: value for name, value in new.items() if value != old.get(name)}
    gone = [name for name in old if name not in new]
    same = Attr("version").eq(before.version) & Attr("state").eq(str(NoteState.VISIBLE))
    table.update(note_key(after.circle_id, after.id), set=changed, remove=gone, when=same)


def notes_since(table: Table, circle_id: str, since: datetime, pages: int) -> Iterator[Note]:
    """Notes that may be of since then, newest first, from so many pages of a hundred at most. They are found by their ids,
    which are of the time of the wish: it may be a day before the note."""
    first = f"NOTE#note_{str(ULID.from_timestamp(millis(since - KEY_LIFETIME) / 1000))[:10]}"
    query = Query(pk=f"CIRCLE#{circle_id}", first=first, last="NOTE#note_~", limit=100, newest_first=True)
    return map(note_from_item, query_all(table, query, range(pages)))


def list_comments(table: Table, circle_id: str, note_id: str, limit: int, start: Item | None) -> Page:
    return table.query(_comments_of(circle_id, note_id, limit, start))


def iter_comments(
    table: Table, circle_id: str, note_id: str, limit: int, pages: Iterable[object] = ANY_NUMBER
) -> Iterator[Item]:
    """Their rows, oldest first."""
    return query_all(table, _comments_of(circle_id, note_id, limit), pages)


def _comments_of(circle_id: str, note_id: str, limit: int, start: Item | None = None) -> Query:
    return Query(pk=thread(circle_id, note_id), prefix="COMMENT#", limit=limit, start=start)


def newest_comments(table: Table, circle_id: str, note_id: str, limit: int) -> list[Item]:
    return table.query(Query(pk=thread(circle_id, note_id), prefix="COMMENT#", limit=limit, newest_first=True)).items


def find_comment(table: Table, circle_id: str, note_id: str, comment_id: str) -> Comment:
    item = table.get(comment_key(circle_id, note_id, comment_id))
    if item is None:
        raise NoteNotFound
    return comment_from_item(item)


def thread(circle_id: str, note_id: str) -> str:
    return f"CIRCLE#{circle_id}#NOTE#{note_id}"


def comment_key(circle_id: str, note_id: str, comment_id: str) -> Key:
    return Key(thread(circle_id, note_id), f"COMMENT#{comment_id}")


def like_key(circle_id: str, note_id: str, user_id: str) -> Key:
    """By person, so that a page of the feed finds the reader's own likes in one range."""
    return Key(f"CIRCLE#{circle_id}#LIKES#{user_id}", f"LIKE#{note_id}")


def add_like(table: Table, note: Note, user_id: str) -> None:
    """The row names the author too, whose likes are counted from the stream."""
    key = like_key(note.circle_id, note.id, user_id)
    item: Item = {"circle_id": note.circle_id, "note_id": note.id, "author": note.author}
    put_if_absent(table, {**key.attributes(), **item})  # a set has no second time


def drop_like(table: Table, circle_id: str, note_id: str, user_id: str) -> None:
    try:
        table.delete(like_key(circle_id, note_id, user_id), when=PRESENT)
    except ConditionFailed:
        return


def liked(table: Table, circle_id: str, user_id: str, notes: list[Note]) -> set[str]:
    """Which of some notes the reader likes: one range between the ends, which for a page of the feed is all; one look each for
    what lies beyond other likes, where the notes are far apart."""
    if not notes:
        return set()
    ids = sorted(note.id for note in notes)
    pk = like_key(circle_id, "", user_id).pk
    page = table.query(Query(pk=pk, first=f"LIKE#{ids[0]}", last=f"LIKE#{ids[-1]}", limit=2 * len(ids)))
    found = {row["note_id"] for row in page.items}
    beyond = [one for one in ids if page.next and f"LIKE#{one}" > page.next["sk"]]
    return found | {one for one in beyond if table.get(like_key(circle_id, one, user_id))}


def content_to_item(content: Content) -> Item:
    item: Item = {"text": content.text, "tags": list(content.tags)}
    item["pictures"] = [picture_to_item(picture) for picture in content.pictures]
    return item | ({"listings": list(content.listings)} if content.listings else {})


def content_from_item(item: Item) -> Content:
    pictures = tuple(map(picture_from_item, item["pictures"]))
    return Content(item["text"], tuple(item["tags"]), pictures, tuple(item.get("listings", ())))


def note_to_item(note: Note) -> Item:
    item: Item = {
        **note_key(note.circle_id, note.id).attributes(),
        "id": note.id,
        "circle_id": note.circle_id,
        "author": note.author,
        **content_to_item(note.content),
        "created_at": rfc3339(note.created_at),
        "version": note.version,
        "state": str(note.state),
    }
    if note.revision > 1 and note.edited_at:
        item |= {"revision": note.revision, "edited_at": millis(note.edited_at)}
    return item | ({"archived_at": millis(note.archived_at)} if note.archived_at else {})


def note_from_item(item: Item) -> Note:
    return Note(
        id=item["id"],
        circle_id=item["circle_id"],
        author=item["author"],
        content=content_from_item(item),
        created_at=parse(item["created_at"]),
        version=item["version"],
        state=NoteState(item["state"]),
        likes=item.get("likes", 0),
        comments=item.get("comments", 0),
        revision=item.get("revision", 1),
        edited_at=from_millis(item["edited_at"]) if "edited_at" in item else None,
        archived_at=from_millis(item["archived_at"]) if "archived_at" in item else None,
    )


def comment_to_item(comment: Comment, circle_id: str) -> Item:
    return {
        **comment_key(circle_id, comment.note_id, comment.id).attributes(),
        "id": comment.id,
        "circle_id": circle_id,
        "note_id": comment.note_id,
        "author": comment.author,
        "text": comment.text,
        "created_at": rfc3339(comment.created_at),
        "parent_id": comment.parent_id,
    }


def comment_from_item(item: Item) -> Comment:
    return Comment(
        id=item["id"],
        note_id=item["note_id"],
        author=item["author"],
        text=item["text"],
        created_at=parse(item["created_at"]),
        parent_id=item["parent_id"],
    )
