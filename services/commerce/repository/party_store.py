"""Items of a sale that its buyer and its seller find: stored by buyer, with the index by seller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

Entity = TypeVar("Entity")
SELLER_INDEX = "gsi1"  # holds keys only, because the key needs the buyer's id
WAITING_INDEX = "gsi3"  # sparse: what waits for its seller; beside the orders to ship


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyStore(EntityStore[Entity]):
    """The items of one kind of entity that a sale has: orders, returns, disputes.

    prefix: of the sort key, before the id.
    seller_prefix: of the partition of the index, before the seller's id.
    """

    prefix: str
    seller_prefix: str

    def key(self, buyer_id: str, id: str) -> Key:
        return Key(f"BUYER#{buyer_id}", f"{self.prefix}{id}")

    def is_key(self, key: Key) -> bool:
        return key.sk.startswith(self.prefix)

    def seller_partition(self, seller_id: str) -> str:
        return f"{self.seller_prefix}{seller_id}"

    def seller_attributes(self, seller_id: str, id: str) -> Item:
        """Return the attributes that put an item in the index by seller."""
        return {"gsi1pk": self.seller_partition(seller_id), "gsi1sk": id}

    def waiting_attributes(self, seller_id: str, id: str) -> Item:
        """Return the attributes that put an item in the index of what waits for its seller."""
        return {"gsi3pk": self.seller_partition(seller_id), "gsi3sk": id}

    def load_of_buyer(self, table: Table, buyer_id: str, id: str) -> Versioned[Entity]:
        """Raises: `missing`."""
        return self.load(table, self.key(buyer_id, id))

    def load_of_seller(self, table: Table, seller_id: str, id: str) -> Versioned[Entity]:
        """Cost: 0.5 read units more than for the buyer. Raises: `missing`."""
        query = Query(pk=self.seller_partition(seller_id), first=id, last=id, index=SELLER_INDEX, limit=1)
        if not (items := table.query(query).items):
            raise self.missing
        return self.load(table, Key.of(items[0]))

    def load_of_party(self, table: Table, user_id: str, id: str) -> Versioned[Entity]:
        """Load the entity for its buyer or its seller. Raises: `missing`."""
        item = table.get(self.key(user_id, id), consistent_read=True)
        return self.loaded(item) if item else self.load_of_seller(table, user_id, id)

    def list_of_buyer(self, table: Table, buyer_id: str, page: PageRequest) -> Page[Entity]:
        """Return a page of a buyer's entities, newest first."""
        query = Query(pk=f"BUYER#{buyer_id}", prefix=self.prefix, limit=page.limit, start=page.start, newest_first=True)
        return self.list(table, query)

    def list_of_seller(self, table: Table, seller_id: str, page: PageRequest) -> Page[Entity]:
        """Return a page of a seller's entities, newest first."""
        pk = self.seller_partition(seller_id)
        query = Query(pk=pk, index=SELLER_INDEX, limit=page.limit, start=page.start, newest_first=True)
        return self.list_by_index(table, query, consistent_read=True)

    def iter_of_party(self, table: Table, user_id: str) -> Iterator[Entity]:
        """Yield all entities whose buyer or seller a user is."""
        yield from self.iter(table, Query(pk=f"BUYER#{user_id}", prefix=self.prefix, limit=100, consistent_read=True))
        for item in query_all(table, Query(pk=self.seller_partition(user_id), index=SELLER_INDEX, limit=100)):
            if found := self.find(table, Key.of(item), consistent_read=True):
                yield found
