"""Notes, comments and likes; and the counters folded from their stream."""

from __future__ import annotations

from services.circles.domain import Comment, Note, NoteState
from services.circles.errors import NoteNotFound
from services.circles.repository.pictures import picture_from, picture_to
from services.shared.clock import parse, rfc3339
from services.shared.table import ABSENT, PRESENT, Attr, ConditionFailed, Item, Key, Page, Query, Table


def note_key(circle_id: str, note_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"NOTE#{note_id}")


def find_note(table: Table, circle_id: str, note_id: str) -> Note:
    """A note that is there to be seen."""
    item = table.get(note_key(circle_id, note_id))
    if item is None:
        raise NoteNotFound
    note = note_from(item)
    note.require_visible()
    return note


def list_notes(table: Table, circle_id: str, limit: int, start: Item | None) -> Page:
    return table.query(Query(pk=f"CIRCLE#{circle_id}", prefix="NOTE#", limit=limit, start=start, newest_first=True))


def remove(table: Table, note: Note) -> None:
    """Only the state changes: counters of the same item may move meanwhile."""
    changed = {"state": str(note.state), "version": note.version}
    table.update(note_key(note.circle_id, note.id), set=changed, when=Attr("state").eq(str(NoteState.VISIBLE)))


def list_comments(table: Table, circle_id: str, note_id: str, limit: int, start: Item | None) -> Page:
    return table.query(Query(pk=thread(circle_id, note_id), prefix="COMMENT#", limit=limit, start=start))


def find_comment(table: Table, circle_id: str, note_id: str, comment_id: str) -> Comment:
    item = table.get(comment_key(circle_id, note_id, comment_id))
    if item is None:
        raise NoteNotFound
    return comment_from(item)


def thread(circle_id: str, note_id: str) -> str:
    return f"CIRCLE#{circle_id}#NOTE#{note_id}"


def comment_key(circle_id: str, note_id: str, comment_id: str) -> Key:
    return Key(thread(circle_id, note_id), f"COMMENT#{comment_id}")


def like_key(circle_id: str, note_id: str, user_id: str) -> Key:
    """By person, so that a page of the feed finds the reader's own likes in one range."""
    return Key(f"CIRCLE#{circle_id}#LIKES#{user_id}", f"LIKE#{note_id}")


def add_like(table: Table, circle_id: str, note_id: str, user_id: str) -> None:
    key = like_key(circle_id, note_id, user_id)
    try:
        table.put({**key.attributes(), "item_schema": 1, "circle_id": circle_id, "note_id": note_id}, when=ABSENT)
    except ConditionFailed:
        return  # liked already: a set has no second time


def drop_like(table: Table, circle_id: str, note_id: str, user_id: str) -> None:
    try:
        table.delete(like_key(circle_id, note_id, user_id), when=PRESENT)
    except ConditionFailed:
        return


def liked(table: Table, circle_id: str, user_id: str, notes: list[Note]) -> set[str]:
    """Which of a page's notes the reader likes: one range between the page's ends."""
    if not notes:
        return set()
    ids = sorted(note.id for note in notes)
    pk = like_key(circle_id, "", user_id).pk
    page = table.query(Query(pk=pk, first=f"LIKE#{ids[0]}", last=f"LIKE#{ids[-1]}", limit=len(ids)))
    return {row["note_id"] for row in page.items}


def note_to(note: Note) -> Item:
    return {
        **note_key(note.circle_id, note.id).attributes(),
        "item_schema": 1,
        "id": note.id,
        "circle_id": note.circle_id,
        "author": note.author,
        "text": note.text,
        "tags": list(note.tags),
        "pictures": [picture_to(picture) for picture in note.pictures],
        "created_at": rfc3339(note.created_at),
        "version": note.version,
        "state": str(note.state),
    }


def note_from(item: Item) -> Note:
    return Note(
        id=item["id"],
        circle_id=item["circle_id"],
        author=item["author"],
        text=item["text"],
        tags=tuple(item["tags"]),
        pictures=tuple(map(picture_from, item["pictures"])),
        created_at=parse(item["created_at"]),
        version=item["version"],
        state=NoteState(item["state"]),
        likes=item.get("likes", 0),
        comments=item.get("comments", 0),
    )


def comment_to(comment: Comment, circle_id: str) -> Item:
    return {
        **comment_key(circle_id, comment.note_id, comment.id).attributes(),
        "item_schema": 1,
        "id": comment.id,
        "circle_id": circle_id,
        "note_id": comment.note_id,
        "author": comment.author,
        "text": comment.text,
        "created_at": rfc3339(comment.created_at),
        "parent_id": comment.parent_id,
    }


def comment_from(item: Item) -> Comment:
    return Comment(
        id=item["id"],
        note_id=item["note_id"],
        author=item["author"],
        text=item["text"],
        created_at=parse(item["created_at"]),
        parent_id=item["parent_id"],
    )
