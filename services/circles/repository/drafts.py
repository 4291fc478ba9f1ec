"""Drafts of notes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.circles.domain import Draft
from services.circles.errors import DraftNotFound
from services.circles.repository.keys import user_item_key
from services.circles.repository.notes import content_from_item, content_to_item
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

DRAFT = "DRAFT#"
PAGE_SIZE = 100
CLOSED_DRAFT_LIFETIME = timedelta(days=2)  # so that a retry finds the note, or that the draft was deleted


def draft_key(circle_id: str, author: str, draft_id: str) -> Key:
    return user_item_key(circle_id, author, f"{DRAFT}{draft_id}")


def load_draft(table: Table, circle_id: str, author: str, draft_id: str) -> Versioned[Draft]:
    """Load a draft, also one that was published or deleted less than 2 days ago."""
    return DRAFTS.load(table, draft_key(circle_id, author, draft_id))


def load_open_draft(table: Table, circle_id: str, author: str, draft_id: str) -> Versioned[Draft]:
    loaded = load_draft(table, circle_id, author, draft_id)
    if loaded.entity.is_closed:
        raise DraftNotFound
    return loaded


def list_drafts(table: Table, circle_id: str, author: str, page: PageRequest) -> Page[Draft]:
    """Return a page of an author's open drafts, newest first."""
    query = Query(pk=draft_key(circle_id, author, "").pk, prefix=DRAFT, limit=page.limit, start=page.start, newest_first=True)
    return DRAFTS.list(table, query, lambda draft: not draft.is_closed)


def iter_drafts(table: Table, circle_id: str, author: str) -> Iterator[Draft]:
    """Yield all drafts of an author, closed ones too, by consistent reads."""
    pk = draft_key(circle_id, author, "").pk
    return DRAFTS.iter(table, Query(pk=pk, prefix=DRAFT, limit=PAGE_SIZE, consistent_read=True))


def draft_limit_key(circle_id: str, author: str) -> Key:
    """The rate limit of drafts is stored with them, because it counts the open ones."""
    return user_item_key(circle_id, author, "LIMIT#draft")


def draft_to_item(draft: Draft) -> Item:
    item: Item = {
        **draft_key(draft.circle_id, draft.author, draft.id).attributes(),
        "id": draft.id,
        "circle_id": draft.circle_id,
        "author": draft.author,
        **content_to_item(draft.content),
        "saved_at": millis(draft.saved_at),
        "version": draft.version,
    }
    if draft.is_closed:
        expires_at = millis(draft.saved_at + CLOSED_DRAFT_LIFETIME) // 1000
        item |= {"note_id": draft.note_id, "deleted": draft.deleted, "expires_at": expires_at}
    return item


def draft_from_item(item: Item) -> Draft:
    saved = (content_from_item(item), from_millis(item["saved_at"]), item["version"])
    return Draft(item["id"], item["circle_id"], item["author"], *saved, item.get("note_id", ""), item.get("deleted", False))


DRAFTS = EntityStore(draft_to_item, draft_from_item, DraftNotFound)
