"""What happens to orders as time passes: expiry, automatic receipt, release of shares, requests for refunds."""

from __future__ import annotations

from itertools import takewhile

from services.commerce.adapters.payments import ProviderFailed
from services.commerce.domain import Order, OrderState
from services.commerce.errors import OrderStateConflict
from services.commerce.repository import orders
from services.commerce.repository.listings import release_stock
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.settlement import divide_escrow, release_shares
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.events import OrderChanged
from services.shared.table.port import ConditionFailed, Throttled, TransactionConflict
from services.shared.table.versioned import Changed, Versioned, save

PAGE_SIZE = 100
MAX_PAGES = 5


def handle_schedule(ports: Ports, has_time: HasTime = always) -> int:
    """Move every due order one step further while there is time, and return how many moved.

    A delay does no harm: every reader and every payment checks `due_at` itself.

    Cost of one expired order: 5 write units and 1.5 read units.
    """
    moved = 0
    for _ in range(MAX_PAGES):
        due = orders.list_due(ports.table, ports.clock(), PAGE_SIZE)
        moved_in_page = sum(_advance(ports, loaded) for loaded in takewhile(lambda _: has_time(), due))
        moved += moved_in_page
        if len(due) < PAGE_SIZE or not moved_in_page:
            break
    return moved


def _advance(ports: Ports, loaded: Versioned[Order]) -> bool:
    """Move one due order a step further; False if another write moved it, or contention leaves it to the next minute."""
    order = loaded.entity
    try:
        match order.state:
            case OrderState.RESERVED:
                _expire(ports, loaded)
            case OrderState.SHIPPED:
                save(ports, loaded, divide_escrow(ports, order, None))
            case OrderState.RECEIVED:
                save(ports, loaded, release_shares(ports, order))
            case OrderState.REFUNDING:
                _request_refund(ports, loaded)
            case _:
                return False
    except (ConditionFailed, OrderStateConflict):
        return False  # a payment, the buyer or another run of the schedule has moved the order since it was loaded
    except (TransactionConflict, Throttled):
        return False  # contention: the next run retries it, so the orders behind it do not wait
    return True


def _expire(ports: Ports, loaded: Versioned[Order]) -> None:
    """Expire an order. Its stock returns in the same transaction, so exactly once."""
    expired = loaded.entity.expire(at=ports.clock())
    try:
        save(ports, loaded, Changed(expired, [OrderChanged], [release_stock(ports, expired)]))
    except ConditionFailed as failed:
        if failed.index == 0:
            raise
        save(ports, loaded, expired, OrderChanged)  # the circle was purged: the listing does not exist any more


def _request_refund(ports: Ports, loaded: Versioned[Order]) -> None:
    """Request the refund at the provider. The webhook, not the response, completes the order.

    The payment is the key at the provider, so a repeated request refunds once.
    """
    try:
        ports.payments.refund(loaded.entity.payment_id, loaded.entity.total)
    except ProviderFailed:
        logger().warning("refund request failed", order_id=loaded.entity.id)
    save(ports, loaded, loaded.entity.schedule_refund_retry(at=ports.clock()))
