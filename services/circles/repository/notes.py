"""Notes, comments and likes. The counters of notes are aggregated in `counters`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ulid import ULID

from services.circles.domain import Comment, Content, Note, NoteState
from services.circles.errors import NoteNotFound
from services.circles.repository.pictures import picture_from_item, picture_to_item
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import KEY_LIFETIME
from services.shared.table.pages import UNLIMITED, query_all
from services.shared.table.port import PRESENT, Attr, ConditionFailed, Item, Key, Page, Query, Table
from services.shared.table.versioned import put_if_absent


def note_key(circle_id: str, note_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"NOTE#{note_id}")


def get_note(table: Table, circle_id: str, note_id: str, *, consistent_read: bool = False) -> Note:
    """Return a visible note. Raises: NoteNotFound (also for a removed note)."""
    note = find_note(table, circle_id, note_id, consistent_read=consistent_read)
    if note is None:
        raise NoteNotFound
    return note


def get_note_in_any_state(table: Table, circle_id: str, note_id: str) -> Note:
    """Return a note, also a removed one."""
    item = table.get(note_key(circle_id, note_id))
    if item is None:
        raise NoteNotFound
    return note_from_item(item)


def find_note(table: Table, circle_id: str, note_id: str, *, consistent_read: bool = False) -> Note | None:
    """Return a note if it exists and is visible."""
    item = table.get(note_key(circle_id, note_id), consistent_read=consistent_read)
    return note_from_item(item) if item and item["state"] == NoteState.VISIBLE else None


def list_notes(table: Table, circle_id: str, limit: int, start: Item | None) -> Page:
    return table.query(Query(pk=f"CIRCLE#{circle_id}", prefix="NOTE#", limit=limit, start=start, newest_first=True))


def save_note(table: Table, before: Note, after: Note) -> None:
    """Write the attributes that changed, so that the counters, which have no version, are not overwritten.

    Raises: ConditionFailed (another write changed or removed the note in between).
    """
    old, new = note_to_item(before), note_to_item(after)
    changed = {name: value for name, value in new.items() if value != old.get(name)}
    removed = [name for name in old if name not in new]
    unchanged = Attr("version").eq(before.version) & Attr("state").eq(str(NoteState.VISIBLE))
    table.update(note_key(after.circle_id, after.id), set=changed, remove=removed, when=unchanged)


def iter_notes_since(table: Table, circle_id: str, since: datetime, pages: int) -> Iterator[Note]:
    """Yield notes created since then, and some earlier ones, newest first, from at most `pages` pages of 100.

    They are found by their ids. An id has the time of its idempotency key, which can be a day before the note's.
    """
    first = f"NOTE#note_{str(ULID.from_timestamp(millis(since - KEY_LIFETIME) / 1000))[:10]}"
    query = Query(pk=f"CIRCLE#{circle_id}", first=first, last="NOTE#note_~", limit=100, newest_first=True)
    return map(note_from_item, query_all(table, query, range(pages)))


def list_comments(table: Table, circle_id: str, note_id: str, limit: int, start: Item | None) -> Page:
    return table.query(_comments_of(circle_id, note_id, limit, start))


def iter_comments(
    table: Table, circle_id: str, note_id: str, limit: int, pages: Iterable[object] = UNLIMITED
) -> Iterator[Item]:
    """Yield the items of a note's comments, oldest first."""
    return query_all(table, _comments_of(circle_id, note_id, limit), pages)


def _comments_of(circle_id: str, note_id: str, limit: int, start: Item | None = None) -> Query:
    return Query(pk=thread_pk(circle_id, note_id), prefix="COMMENT#", limit=limit, start=start)


def list_newest_comments(table: Table, circle_id: str, note_id: str, limit: int) -> list[Item]:
    return table.query(Query(pk=thread_pk(circle_id, note_id), prefix="COMMENT#", limit=limit, newest_first=True)).items


def get_comment(table: Table, circle_id: str, note_id: str, comment_id: str) -> Comment:
    item = table.get(comment_key(circle_id, note_id, comment_id))
    if item is None:
        raise NoteNotFound
    return comment_from_item(item)


def thread_pk(circle_id: str, note_id: str) -> str:
    return f"CIRCLE#{circle_id}#NOTE#{note_id}"


def comment_key(circle_id: str, note_id: str, comment_id: str) -> Key:
    return Key(thread_pk(circle_id, note_id), f"COMMENT#{comment_id}")


def like_key(circle_id: str, note_id: str, user_id: str) -> Key:
    """Return the key of a like. The partition is per user, so one query finds the reader's likes for a page of the feed."""
    return Key(f"CIRCLE#{circle_id}#LIKES#{user_id}", f"LIKE#{note_id}")


def put_like(table: Table, note: Note, user_id: str) -> None:
    """Store a like. Unchanged if it exists. It has the note's author, whose likes are counted from the stream."""
    key = like_key(note.circle_id, note.id, user_id)
    item: Item = {"circle_id": note.circle_id, "note_id": note.id, "author": note.author}
    put_if_absent(table, {**key.attributes(), **item})


def delete_like(table: Table, circle_id: str, note_id: str, user_id: str) -> None:
    try:
        table.delete(like_key(circle_id, note_id, user_id), when=PRESENT)
    except ConditionFailed:
        return


def find_liked_note_ids(table: Table, circle_id: str, user_id: str, notes: list[Note]) -> set[str]:
    """Return which of the notes a user likes.

    One query from the first to the last note is enough for a page of the feed. If the notes are far apart, other likes can
    fill its page; the notes after that are read one by one.
    """
    if not notes:
        return set()
    ids = sorted(note.id for note in notes)
    pk = like_key(circle_id, "", user_id).pk
    page = table.query(Query(pk=pk, first=f"LIKE#{ids[0]}", last=f"LIKE#{ids[-1]}", limit=2 * len(ids)))
    liked = {item["note_id"] for item in page.items}
    after_page = [note_id for note_id in ids if page.next and f"LIKE#{note_id}" > page.next["sk"]]
    return liked | {note_id for note_id in after_page if table.get(like_key(circle_id, note_id, user_id))}


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
        "created_at": millis(note.created_at),
        "version": note.version,
        "state": str(note.state),
    }
    if note.revision > 1 and note.edited_at:
        item |= {"revision": note.revision, "edited_at": millis(note.edited_at)}
    return item | ({"highlighted_at": millis(note.highlighted_at)} if note.highlighted_at else {})


def note_from_item(item: Item) -> Note:
    return Note(
        id=item["id"],
        circle_id=item["circle_id"],
        author=item["author"],
        content=content_from_item(item),
        created_at=from_millis(item["created_at"]),
        version=item["version"],
        state=NoteState(item["state"]),
        likes=item.get("likes", 0),
        comments=item.get("comments", 0),
        revision=item.get("revision", 1),
        edited_at=from_millis(item["edited_at"]) if "edited_at" in item else None,
        highlighted_at=from_millis(item["highlighted_at"]) if "highlighted_at" in item else None,
    )


def comment_to_item(comment: Comment, circle_id: str) -> Item:
    return {
        **comment_key(circle_id, comment.note_id, comment.id).attributes(),
        "id": comment.id,
        "circle_id": circle_id,
        "note_id": comment.note_id,
        "author": comment.author,
        "text": comment.text,
        "created_at": millis(comment.created_at),
        "parent_id": comment.parent_id,
    }


def comment_from_item(item: Item) -> Comment:
    return Comment(
        id=item["id"],
        note_id=item["note_id"],
        author=item["author"],
        text=item["text"],
        created_at=from_millis(item["created_at"]),
        parent_id=item["parent_id"],
    )
