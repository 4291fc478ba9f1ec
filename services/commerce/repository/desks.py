"""What a seller must do: orders to ship, returns and disputes that wait for them. A sparse index has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.commerce.domain import Order, OrderState
from services.commerce.repository.orders import ORDERS, TO_SHIP_INDEX, to_ship_partition
from services.commerce.repository.party_store import WAITING_INDEX, PartyStore
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.items import Key, Query
from services.shared.table.port import Table

Entity = TypeVar("Entity")
MAX_COUNT = 100


@dataclass(frozen=True, slots=True)
class Waiting(Generic[Entity]):
    """How many entities of one kind wait for a seller, at most 100, and the oldest of them."""

    count: int
    oldest: Entity | None


def list_orders_to_ship(table: Table, seller_id: str, page: PageRequest) -> Page[Order]:
    """Return a page of the orders that a seller must ship, the oldest first. The index holds keys only."""
    query = Query(pk=to_ship_partition(seller_id), index=TO_SHIP_INDEX, limit=page.limit, start=page.start)
    return ORDERS.list_by_index(table, query, lambda order: order.state is OrderState.PAID)


def get_waiting(table: Table, store: PartyStore[Entity], seller_id: str, waits: Callable[[Entity], bool]) -> Waiting[Entity]:
    """Return what waits for a seller. An entry that the index has though it waits no more is not counted, if it is the oldest.

    Cost: 2.5 read units for 100 entries, and 1 for the oldest.
    """
    query = Query(pk=store.seller_partition(seller_id), index=WAITING_INDEX, limit=MAX_COUNT)
    entries = table.query(query).items
    for number, item in enumerate(entries):
        oldest = store.find(table, Key.of(item), consistent_read=True)
        if oldest and waits(oldest):
            return Waiting(len(entries) - number, oldest)
    return Waiting(0, None)
