"""Keys, and reading by an index, that several modules share."""

from __future__ import annotations

from typing import TypeVar

from services.shared.kernel.pages import Page
from services.shared.table.entities import EntityStore
from services.shared.table.items import Key, Query
from services.shared.table.pages import query_page
from services.shared.table.port import Table

Entity = TypeVar("Entity")


def user_item_key(circle_id: str, user_id: str, sk: str) -> Key:
    """Return the key of an item that belongs to one user in one circle: activity, drafts, choices, exports."""
    return Key(f"CIRCLE#{circle_id}#USER#{user_id}", sk)


def list_by_index(table: Table, query: Query, store: EntityStore[Entity]) -> Page[Entity]:
    """Return a page of an index that holds only keys: one more read per entity, eventually consistent.

    The index can be behind: an entity that does not exist is skipped, and one that has changed can be in the wrong list.
    """
    page = query_page(table, query)
    entities = (store.find(table, Key.of(item)) for item in page.items)
    return page.replace(entity for entity in entities if entity is not None)
