"""Earlier revisions of edited notes, and of comments that were edited or removed."""

from __future__ import annotations

from services.circles.domain import Revision
from services.circles.errors import NoteNotFound
from services.circles.repository.notes import content_from_item, content_to_item, thread_pk
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.purging import delete_partition
from services.shared.table.versioned import put_if_absent

REVISION = "REVISION#"
COMMENT_REVISION = "COMMENT_REVISION#"


def put_revision(table: Table, revision: Revision) -> None:
    """Store a revision under its number. Unchanged if it is stored."""
    put_if_absent(table, revision_to_item(revision))


def list_revisions(table: Table, circle_id: str, note_id: str, page: PageRequest, comment_id: str = "") -> Page[Revision]:
    """Return a page of the earlier revisions of a note, or of one of its comments, newest first."""
    pk, prefix = thread_pk(circle_id, note_id), _prefix(comment_id)
    return REVISIONS.list(table, Query(pk=pk, prefix=prefix, limit=page.limit, start=page.start, newest_first=True))


def delete_revisions(table: Table, circle_id: str, note_id: str, comment_id: str = "") -> None:
    """Delete the earlier revisions of a note, or of one of its comments."""
    for _ in delete_partition(table, thread_pk(circle_id, note_id), _prefix(comment_id)):
        pass


def _prefix(comment_id: str) -> str:
    return f"{COMMENT_REVISION}{comment_id}#" if comment_id else REVISION


def revision_to_item(revision: Revision) -> Item:
    pk, prefix = thread_pk(revision.circle_id, revision.note_id), _prefix(revision.comment_id)
    return {
        **Key(pk, f"{prefix}{revision.number:06}").attributes(),
        "revision": revision.number,
        **content_to_item(revision.content),
        "at": millis(revision.written_at),
        **({"comment_id": revision.comment_id, "author": revision.author} if revision.comment_id else {}),
    }


def revision_from_item(item: Item) -> Revision:
    _, circle_id, _, note_id = item["pk"].split("#")
    content, written_at = content_from_item(item), from_millis(item["at"])
    return Revision(
        circle_id, note_id, item["revision"], content, written_at, item.get("comment_id", ""), item.get("author", "")
    )


REVISIONS = EntityStore(revision_to_item, revision_from_item, NoteNotFound)
