"""How entities are stored as items. Only repositories use this module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from services.shared.kernel.errors import DomainError
from services.shared.kernel.pages import Page, is_any
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import UNLIMITED, get_all, query_all, query_page, query_page_by_parts
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

if TYPE_CHECKING:
    from services.shared.messaging.stream import Change

Entity = TypeVar("Entity")


@dataclass(frozen=True, slots=True)
class EntityChange(Generic[Entity]):
    """An entity before and after one write; None if it did not or does not exist."""

    before: Entity | None
    after: Entity | None


@dataclass(frozen=True, slots=True)
class EntityStore(Generic[Entity]):
    """The items of one kind of entity.

    missing: the error of `get` and `load` if there is no item.
    counters: the attributes that other writes change without a new version. A save leaves them as they are.
    """

    to_item: Callable[[Entity], Item]
    from_item: Callable[[Item], Entity]
    missing: type[DomainError]
    counters: frozenset[str] = frozenset()

    def find(self, table: Table, key: Key, *, consistent_read: bool = False) -> Entity | None:
        item = table.get(key, consistent_read=consistent_read)
        return self.from_item(item) if item else None

    def get(self, table: Table, key: Key, *, consistent_read: bool = False) -> Entity:
        """Return the entity. Raises: `missing`."""
        entity = self.find(table, key, consistent_read=consistent_read)
        if entity is None:
            raise self.missing
        return entity

    def find_many(self, table: Table, keys: Sequence[Key], *, consistent_read: bool = False) -> Sequence[Entity | None]:
        """Return the entity of each key, read together."""
        items = get_all(table, list(dict.fromkeys(keys)), consistent_read=consistent_read)
        return [self.from_item(items[key]) if key in items else None for key in keys]

    def load(self, table: Table, key: Key, *, consistent_read: bool = True) -> Versioned[Entity]:
        """Load the entity for a change. Raises: `missing`."""
        item = table.get(key, consistent_read=consistent_read)
        if item is None:
            raise self.missing
        return self.loaded(item)

    def load_or(self, table: Table, key: Key, new: Entity, *, consistent_read: bool = True) -> Versioned[Entity]:
        """Load the entity for a change, or return `new` as the entity that its first save creates."""
        item = table.get(key, consistent_read=consistent_read)
        return self.loaded(item) if item else self.new(new)

    def loaded(self, item: Item) -> Versioned[Entity]:
        return Versioned(self.from_item(item), item, self.to_item, self.counters)

    def new(self, entity: Entity) -> Versioned[Entity]:
        """Return an entity that does not exist yet, for its first save."""
        return Versioned(entity, None, self.to_item, self.counters)

    def list(self, table: Table, query: Query, is_listed: Callable[[Entity], bool] = is_any) -> Page[Entity]:
        """Return a page of the entities, of those that are listed."""

        def entry_of(item: Item) -> Entity | None:
            entity = self.from_item(item)
            return entity if is_listed(entity) else None

        return query_page(table, query, entry_of)

    def list_by_index(
        self, table: Table, query: Query, is_listed: Callable[[Entity], bool] = is_any, *, consistent_read: bool = False
    ) -> Page[Entity]:
        """Return a page of an index that holds only keys: one request more, for the entities themselves.

        The index can be behind: an entity that does not exist is skipped, and one that has changed can be in the wrong list.
        Only with `is_listed` is the entity behind the page read too.
        """
        if is_listed is is_any:
            page = query_page(table, query, Key.of)
            found = self.find_many(table, page.items, consistent_read=consistent_read)
            return page.replace(entity for entity in found if entity is not None)

        def entries_of(items: Sequence[Item]) -> Iterator[Entity | None]:
            for entity in self.find_many(table, [Key.of(item) for item in items], consistent_read=consistent_read):
                yield entity if entity is not None and is_listed(entity) else None

        return query_page_by_parts(table, query, entries_of)

    def iter(self, table: Table, query: Query, pages: Iterable[object] = UNLIMITED) -> Iterator[Entity]:
        """Yield all entities of a query, as `query_all`."""
        return map(self.from_item, query_all(table, query, pages))

    def changes(self, changes: Sequence[Change], prefix: str) -> Iterator[EntityChange[Entity]]:
        """Yield the stream's changes of the items whose sort key starts with `prefix`."""
        for change in changes:
            if change.key.sk.startswith(prefix):
                before, after = (self.from_item(image) if image else None for image in (change.old, change.new))
                yield EntityChange(before, after)
