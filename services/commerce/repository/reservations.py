"""The open reservations of buyers, beside the rate limit of their orders, in partitions that the schedule reads every minute.

They replace an entry of the due index per order: a buyer's item is written with each order anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.commerce.repository.shards import OPEN_SHARDS, shard_of
from services.shared.kernel.clock import millis
from services.shared.table.items import Attr, Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, Table

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class StoredReservations:
    """The open reservations of one buyer, as the buyer's item has them."""

    buyer_id: str
    entries: tuple[str, ...]
    item: Item


def open_key(buyer_id: str) -> Key:
    """Return the key of a buyer's item. Buyers are spread over partitions: one takes some 1,000 orders per second."""
    return Key(f"OPEN#{shard_of(buyer_id, OPEN_SHARDS)}", buyer_id)


def iter_reservations(table: Table, first_shard: int) -> Iterator[StoredReservations]:
    """Yield the reservations of all buyers who have an item. first_shard: a shard that is read late can miss its turn."""
    for number in range(OPEN_SHARDS):
        pk = f"OPEN#{(first_shard + number) % OPEN_SHARDS}"
        for item in query_all(table, Query(pk=pk, limit=PAGE_SIZE)):
            yield StoredReservations(item["sk"], tuple(item.get("open", ())), item)


def put_reservations(table: Table, stored: StoredReservations, entries: Sequence[str], at: datetime) -> None:
    """Store what is still open. An item with nothing open, whose rate limit is free, is deleted.

    Unchanged if the buyer has ordered since it was read: each order moves `slots_free_at`.
    """
    unchanged = Attr("slots_free_at").eq(stored.item["slots_free_at"])
    try:
        if entries:
            table.put({**stored.item, "open": list(entries)}, when=unchanged)
        elif stored.item["slots_free_at"] <= millis(at):
            table.delete(Key.of(stored.item), when=unchanged)
        elif stored.entries:
            table.put({name: value for name, value in stored.item.items() if name != "open"}, when=unchanged)
    except ConditionFailed:
        return  # the next run does it
