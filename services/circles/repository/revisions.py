"""Earlier revisions of edited notes."""

from __future__ import annotations

from services.circles.domain import Revision
from services.circles.errors import NoteNotFound
from services.circles.repository.notes import content_from_item, content_to_item, thread_pk
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_absent

REVISION = "REVISION#"


def put_revision(table: Table, revision: Revision) -> None:
    """Store a revision under its number. Unchanged if it is stored."""
    put_if_absent(table, revision_to_item(revision))


def list_revisions(table: Table, circle_id: str, note_id: str, page: PageRequest) -> Page[Revision]:
    """Return a page of the earlier revisions, newest first."""
    pk = thread_pk(circle_id, note_id)
    return REVISIONS.list(table, Query(pk=pk, prefix=REVISION, limit=page.limit, start=page.start, newest_first=True))


def revision_to_item(revision: Revision) -> Item:
    return {
        **Key(thread_pk(revision.circle_id, revision.note_id), f"{REVISION}{revision.number:06}").attributes(),
        "revision": revision.number,
        **content_to_item(revision.content),
        "at": millis(revision.written_at),
    }


def revision_from_item(item: Item) -> Revision:
    _, circle_id, _, note_id = item["pk"].split("#")
    return Revision(circle_id, note_id, item["revision"], content_from_item(item), from_millis(item["at"]))


REVISIONS = EntityStore(revision_to_item, revision_from_item, NoteNotFound)
