"""What happens as time passes: expiry, late shipment and receipt of orders, release of shares, refunds and payouts."""

from __future__ import annotations

from itertools import takewhile

from services.commerce.domain import Order, OrderState
from services.commerce.errors import OrderFrozen, OrderStateConflict
from services.commerce.repository import orders, payments, payouts
from services.commerce.repository.disputes import DISPUTES
from services.commerce.repository.returns import RETURNS
from services.commerce.repository.shards import SHARDS
from services.commerce.usecases.disputes import advance_dispute
from services.commerce.usecases.order_refunds import end_promise, repeat_refunds
from services.commerce.usecases.payouts import send_payout
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.refunds import request_refund
from services.commerce.usecases.reservations import expire_reservations
from services.commerce.usecases.returns import advance_return
from services.commerce.usecases.settlement import divide_escrow, release_shares
from services.shared.kernel.remaining_time import HasTime, always, latched
from services.shared.table.port import ConditionFailed, Throttled, TransactionConflict
from services.shared.table.versioned import Versioned, save

PAGE_SIZE = 100
MAX_PAGES = 5


def handle_schedule(ports: Ports, has_time: HasTime = always) -> int:
    """Move every due order, payment and payout one step further while there is time, and return how many moved.

    A delay does no harm: every reader and every payment checks `due_at` itself. Each run begins with another shard, so that
    none always waits for the others.

    Cost: 8 read units.
    """
    has_time, minute = latched(has_time), int(ports.clock().timestamp()) // 60
    shards = [(minute + number) % SHARDS for number in range(SHARDS)]
    return expire_reservations(ports, has_time) + sum(_move_due(ports, shard, has_time) for shard in shards)


def _move_due(ports: Ports, shard: int, has_time: HasTime) -> int:
    moved = 0
    for _ in range(MAX_PAGES):
        due = orders.list_due(ports.table, shard, ports.clock(), PAGE_SIZE)
        moved_in_page = sum(_advance(ports, key) for key in takewhile(lambda _: has_time(), due))
        moved += moved_in_page
        if len(due) < PAGE_SIZE or not moved_in_page:
            break
    return moved


def _advance(ports: Ports, key: orders.Due) -> bool:
    """Move a due order, payment or payout a step further.

    False if another write moved it, or contention leaves it to the next minute.
    """
    try:
        if payments.is_payment_key(key):
            return request_refund(ports, payments.load_payment(ports.table, key))
        if payouts.is_payout_key(key):
            return send_payout(ports, payouts.load_due_payout(ports.table, key))
        if RETURNS.is_key(key):
            return advance_return(ports, RETURNS.load(ports.table, key))
        if DISPUTES.is_key(key):
            return advance_dispute(ports, DISPUTES.load(ports.table, key))
        return _advance_order(ports, orders.load_due_order(ports.table, key))
    except (ConditionFailed, OrderStateConflict, OrderFrozen):
        return False  # a payment, the buyer or another run of the schedule has moved the order since it was loaded
    except (TransactionConflict, Throttled):
        return False  # contention: the next run retries it, so the orders behind it do not wait


def _advance_order(ports: Ports, loaded: Versioned[Order]) -> bool:
    order = loaded.entity
    if order.refunds.get_due(ports.clock()):
        repeat_refunds(ports, loaded)
        return True
    match order.state:
        case OrderState.PAID:
            end_promise(ports, loaded)
        case OrderState.SHIPPED:
            save(ports, loaded, divide_escrow(ports, order, None))
        case OrderState.RECEIVED:
            save(ports, loaded, release_shares(ports, order))
        case _:
            return False
    return True
