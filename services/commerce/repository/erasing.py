"""What a deleted account must finish in commerce, and what is erased of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.commerce.domain import Listing, Order, OrderState
from services.commerce.domain.order import ENDED
from services.commerce.repository.circles import MEMBER_INDEX, memberships_partition
from services.commerce.repository.listings import LISTER_INDEX, LISTINGS, lister_partition
from services.commerce.repository.orders import list_orders, list_sales
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import DeletionChecked
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import put_if_newer

ORDERS_PER_PAGE = 100
MAX_OBSTACLES = 20
# Money or delivery is outstanding. An expired order is over unless a late payment comes, which goes back by itself.
OPEN = frozenset(OrderState) - ENDED
PURCHASE, SALE = "purchase", "sale"


def iter_open_orders(table: Table, user_id: str, at: datetime) -> Iterator[list[tuple[str, str]]]:
    """Yield the open orders of each page that has some: whether the user buys or sells, and the id."""
    for kind, list_page in ((PURCHASE, list_orders), (SALE, list_sales)):
        page = list_page(table, user_id, PageRequest(ORDERS_PER_PAGE))
        while True:
            if found := [(kind, order.id) for order in page.items if _is_open(order, at)]:
                yield found
            if page.next is None:
                break
            page = list_page(table, user_id, PageRequest(ORDERS_PER_PAGE, page.next))


def _is_open(order: Order, at: datetime) -> bool:
    return order.state_at(at) in OPEN


def put_check(ports: HasTable, user_id: str, check: int, found: list[tuple[str, str]]) -> None:
    """Store the result of a check with its event, unless that of a later check is stored."""
    item = {"pk": f"DELETION#{user_id}", "sk": "CHECK", "user_id": user_id, "check": check, "version": check}
    obstacles = [list(obstacle) for obstacle in found]
    put_if_newer(ports.table, {**item, "obstacles": obstacles, **pending_events(ports.new_id, ports.clock(), DeletionChecked)})


def iter_listings(table: Table, user_id: str) -> Iterator[Listing]:
    """Yield the listings of a user in all circles."""
    for item in query_all(table, Query(pk=lister_partition(user_id), index=LISTER_INDEX, limit=100)):
        if listing := LISTINGS.find(table, Key.of(item), consistent_read=True):
            yield listing


def iter_circle_ids(table: Table, user_id: str) -> Iterator[str]:
    """Yield every circle that the user is or was in, or waits to join."""
    items = query_all(table, Query(pk=memberships_partition(user_id), index=MEMBER_INDEX, limit=100))
    return (item["gsi1sk"] for item in items)
