"""What a deleted account must finish in commerce, and what is erased of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.commerce.domain import Listing, Order, OrderState
from services.commerce.domain.order_state import ENDED
from services.commerce.domain.payout import PayoutSource
from services.commerce.repository.balances import CNY, get_balances
from services.commerce.repository.circles import MEMBER_INDEX, memberships_partition
from services.commerce.repository.listings import LISTER_INDEX, LISTINGS, lister_partition
from services.commerce.repository.orders import ORDERS
from services.commerce.repository.payees import get_payee
from services.commerce.repository.payout_accounts import payout_account_key
from services.commerce.repository.payouts import list_payouts
from services.commerce.settings import settings
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import DeletionChecked
from services.shared.messaging.outbox import pending_events
from services.shared.security import age
from services.shared.security.account_status import account_status_key
from services.shared.security.age import minors_from_item
from services.shared.table.items import Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import put_if_newer

ORDERS_PER_PAGE = 100
MAX_OBSTACLES = 20
# Money or delivery is outstanding. An expired order is over unless a late payment comes, which goes back by itself.
OPEN = frozenset(OrderState) - ENDED
PURCHASE, SALE, PAYOUT, BALANCE = "purchase", "sale", "payout", "balance"


def iter_open_orders(table: Table, user_id: str, at: datetime) -> Iterator[list[tuple[str, str]]]:
    """Yield the open orders of each page that has some: whether the user buys or sells, and the id."""
    for kind, list_page in ((PURCHASE, ORDERS.list_of_buyer), (SALE, ORDERS.list_of_seller)):
        page = list_page(table, user_id, PageRequest(ORDERS_PER_PAGE))
        while True:
            if found := [(kind, order.id) for order in page.items if _is_open(order, at)]:
                yield found
            if page.next is None:
                break
            page = list_page(table, user_id, PageRequest(ORDERS_PER_PAGE, page.next))


def _is_open(order: Order, at: datetime) -> bool:
    return (order.state_at(at) in OPEN or order.is_frozen) and not order.waits_for_review_alone(at)


def iter_open_payouts(table: Table, user_id: str) -> Iterator[list[tuple[str, str]]]:
    """Yield the open payouts of each page that has some."""
    page = list_payouts(table, user_id, PageRequest(ORDERS_PER_PAGE))
    while True:
        if found := [(PAYOUT, payout.id) for payout in page.items if payout.is_open]:
            yield found
        if page.next is None:
            return
        page = list_payouts(table, user_id, PageRequest(ORDERS_PER_PAGE, page.next))


def list_balances_to_pay_out(table: Table, user_id: str, at: datetime) -> list[tuple[str, str]]:
    """Return the balances that the user can have paid out first.

    Not those below the least payout, nor of a user whose payouts a sanction blocks: no user is kept from leaving by what
    they cannot do. Such a balance stays in the ledger, and operators pay it out on request.
    """
    sources = list(PayoutSource)
    balances = get_balances(table, [(f"{source}:{user_id}", CNY) for source in sources], consistent_read=True)
    if max(-balance for balance in balances) < settings().min_payout or get_payee(table, user_id).is_payout_blocked(at):
        return []
    found = zip(sources, balances, strict=True)
    return [(BALANCE, str(source)) for source, balance in found if -balance >= settings().min_payout]


def delete_payout_account(table: Table, user_id: str) -> None:
    """Delete where a user was paid. Payouts stay: the law requires the records of transactions."""
    table.delete(payout_account_key(user_id), when=None)


def delete_age(table: Table, user_id: str) -> None:
    """Delete when a minor turns 18. Identities stay. Unchanged of an adult."""
    key = account_status_key(user_id)
    if ages := minors_from_item(table.get(key, consistent_read=True)):
        table.update(key, when=None, remove=[f"{age.PREFIX}{identity_id}" for identity_id in ages])


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
