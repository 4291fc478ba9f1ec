"""The orders that a seller must ship: a sparse index of paid orders."""

from __future__ import annotations

from services.commerce.domain import Order, OrderState
from services.commerce.repository.orders import ORDERS, TO_SHIP_INDEX, to_ship_partition
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.items import Query
from services.shared.table.port import Table


def list_orders_to_ship(table: Table, seller_id: str, page: PageRequest) -> Page[Order]:
    """Return a page of the orders that a seller must ship, the oldest first. The index holds keys only."""
    query = Query(pk=to_ship_partition(seller_id), index=TO_SHIP_INDEX, limit=page.limit, start=page.start)
    return ORDERS.list_by_index(table, query, lambda order: order.state is OrderState.PAID)
