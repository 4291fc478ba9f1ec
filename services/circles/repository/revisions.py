"""Earlier revisions of edited notes."""

from __future__ import annotations

from services.circles.domain import Content, Note
from services.circles.repository.notes import content_from_item, content_to_item, thread_pk
from services.shared.kernel.clock import millis
from services.shared.table.port import Item, Key, Page, Query, Table
from services.shared.table.versioned import put_if_absent

REVISION = "REVISION#"


def put_revision(table: Table, note: Note) -> None:
    """Store the content of a note under its revision number. Unchanged if it is stored."""
    key = Key(thread_pk(note.circle_id, note.id), f"{REVISION}{note.revision:06}")
    item: Item = {**key.attributes(), "revision": note.revision, **content_to_item(note.content)}
    put_if_absent(table, {**item, "at": millis(note.edited_at or note.created_at)})


def list_revisions(table: Table, circle_id: str, note_id: str, limit: int, start: Item | None) -> Page:
    """Return the earlier revisions, the newest first."""
    pk = thread_pk(circle_id, note_id)
    return table.query(Query(pk=pk, prefix=REVISION, limit=limit, start=start, newest_first=True))


def revision_from_item(item: Item) -> tuple[int, int, Content]:
    """Return the number, the time in milliseconds, and the content."""
    return item["revision"], item["at"], content_from_item(item)
