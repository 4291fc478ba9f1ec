"""What happens to orders and payments as time passes: expiry, late shipment, automatic receipt, release of shares, refunds."""

from __future__ import annotations

from itertools import takewhile

from services.commerce.domain import Order, OrderState
from services.commerce.errors import OrderStateConflict
from services.commerce.repository import orders, payments
from services.commerce.repository.reserving import release_reservation
from services.commerce.usecases.order_refunds import end_promise, repeat_refunds
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.refunds import request_refund
from services.commerce.usecases.settlement import divide_escrow, release_shares
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.events import OrderChanged
from services.shared.table.port import ConditionFailed, Throttled, TransactionConflict
from services.shared.table.versioned import Changed, Versioned, save

PAGE_SIZE = 100
MAX_PAGES = 5


def handle_schedule(ports: Ports, has_time: HasTime = always) -> int:
    """Move every due order and payment one step further while there is time, and return how many moved.

    A delay does no harm: every reader and every payment checks `due_at` itself.

    Cost of one expired order: 5 write units and 2 read units.
    """
    moved = 0
    for _ in range(MAX_PAGES):
        due = orders.list_due(ports.table, ports.clock(), PAGE_SIZE)
        moved_in_page = sum(_advance(ports, key) for key in takewhile(lambda _: has_time(), due))
        moved += moved_in_page
        if len(due) < PAGE_SIZE or not moved_in_page:
            break
    return moved


def _advance(ports: Ports, key: orders.Due) -> bool:
    """Move a due order or payment a step further.

    False if another write moved it, or contention leaves it to the next minute.
    """
    try:
        if payments.is_payment_key(key):
            return request_refund(ports, payments.load_payment(ports.table, key))
        return _advance_order(ports, orders.load_due_order(ports.table, key))
    except (ConditionFailed, OrderStateConflict):
        return False  # a payment, the buyer or another run of the schedule has moved the order since it was loaded
    except (TransactionConflict, Throttled):
        return False  # contention: the next run retries it, so the orders behind it do not wait


def _advance_order(ports: Ports, loaded: Versioned[Order]) -> bool:
    order = loaded.entity
    if order.refunds.get_due(ports.clock()):
        repeat_refunds(ports, loaded)
        return True
    match order.state:
        case OrderState.RESERVED:
            expired = order.expire(at=ports.clock())  # its stock returns in the same transaction, so exactly once
            save(ports, loaded, Changed(expired, [OrderChanged], release_reservation(ports, expired)))
        case OrderState.PAID:
            end_promise(ports, loaded)
        case OrderState.SHIPPED:
            save(ports, loaded, divide_escrow(ports, order, None))
        case OrderState.RECEIVED:
            save(ports, loaded, release_shares(ports, order))
        case _:
            return False
    return True
