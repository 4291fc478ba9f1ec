"""Keys, and reading by an index, that several modules share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from services.shared.kernel.pages import Page, is_any
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_page
from services.shared.table.port import Table

Entity = TypeVar("Entity")


def user_item_key(circle_id: str, user_id: str, sk: str) -> Key:
    """Return the key of an item that belongs to one user in one circle: activity, drafts, choices, exports."""
    return Key(f"CIRCLE#{circle_id}#USER#{user_id}", sk)


def list_by_index(
    table: Table, query: Query, store: EntityStore[Entity], is_listed: Callable[[Entity], bool] = is_any
) -> Page[Entity]:
    """Return a page of an index that holds only keys: one more read per entity, eventually consistent.

    The index can be behind: an entity that does not exist is skipped, and one that has changed can be in the wrong list. Only
    with `is_listed` is the entity behind the page read too.
    """
    if is_listed is is_any:
        page = query_page(table, query, Key.of)
        return page.replace(entity for key in page.items if (entity := store.find(table, key)))

    def entry_of(item: Item) -> Entity | None:
        entity = store.find(table, Key.of(item))
        return entity if entity is not None and is_listed(entity) else None

    return query_page(table, query, entry_of)
