"""Drafts of notes, and what notes said before they were edited."""

from __future__ import annotations

from datetime import timedelta

from services.circles.domain import Content, Draft, Note
from services.circles.errors import DraftNotFound
from services.circles.repository.notes import content_from_item, content_to_item, thread
from services.circles.repository.presence import person_key
from services.shared.kernel.clock import millis, parse, rfc3339
from services.shared.table.port import (
    Item,
    Key,
    Page,
    Query,
    Table,
)
from services.shared.table.queries import put_if_absent
from services.shared.table.versioned import Versioned

DRAFT = "DRAFT#"
REVISION = "REVISION#"
SPENT = timedelta(days=2)  # how long what is left of a draft that was posted or dropped answers retries


def draft_key(circle_id: str, author: str, draft_id: str) -> Key:
    return person_key(circle_id, author, f"{DRAFT}{draft_id}")


def find_draft(table: Table, circle_id: str, author: str, draft_id: str) -> Versioned[Draft]:
    """A draft, also one that was posted or dropped within two days."""
    item = table.get(draft_key(circle_id, author, draft_id), consistent_read=True)
    if item is None:
        raise DraftNotFound
    return Versioned(draft_from_item(item), item)


def find_unposted(table: Table, circle_id: str, author: str, draft_id: str) -> Versioned[Draft]:
    loaded = find_draft(table, circle_id, author, draft_id)
    if loaded.entity.is_spent:
        raise DraftNotFound
    return loaded


def list_drafts(table: Table, circle_id: str, author: str, limit: int, start: Item | None) -> Page:
    pk = draft_key(circle_id, author, "").pk
    return table.query(Query(pk=pk, prefix=DRAFT, limit=limit, start=start, newest_first=True))


def draft_to_item(draft: Draft) -> Item:
    item: Item = {
        **draft_key(draft.circle_id, draft.author, draft.id).attributes(),
        "id": draft.id,
        "circle_id": draft.circle_id,
        "author": draft.author,
        **content_to_item(draft.content),
        "saved_at": rfc3339(draft.saved_at),
        "version": draft.version,
    }
    if draft.is_spent:
        item |= {"note_id": draft.note_id, "dropped": draft.dropped, "expires_at": millis(draft.saved_at + SPENT) // 1000}
    return item


def draft_from_item(item: Item) -> Draft:
    said = (content_from_item(item), parse(item["saved_at"]), item["version"])
    return Draft(item["id"], item["circle_id"], item["author"], *said, item.get("note_id", ""), item.get("dropped", False))


def keep_revision(table: Table, note: Note) -> None:
    """What a note said, under the number of its revision; kept twice, the same."""
    key = Key(thread(note.circle_id, note.id), f"{REVISION}{note.revision:06}")
    item: Item = {**key.attributes(), "revision": note.revision, **content_to_item(note.content)}
    put_if_absent(table, {**item, "at": millis(note.edited_at or note.created_at)})


def list_revisions(table: Table, circle_id: str, note_id: str, limit: int, start: Item | None) -> Page:
    """Earlier revisions, the newest first."""
    pk = thread(circle_id, note_id)
    return table.query(Query(pk=pk, prefix=REVISION, limit=limit, start=start, newest_first=True))


def revision_from_item(item: Item) -> tuple[int, int, Content]:
    """Its number, when it was said (ms), and what it said."""
    return item["revision"], item["at"], content_from_item(item)
