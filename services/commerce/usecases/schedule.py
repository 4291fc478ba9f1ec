"""What time does by itself: reservations end, deliveries count as received, commissions are released, refunds are asked
for. And the balances that the stream moves."""

from __future__ import annotations

from collections.abc import Sequence

from services.commerce.adapters.payments import ProviderFailed
from services.commerce.domain import Order, OrderState
from services.commerce.domain.journal import commission_released
from services.commerce.errors import WrongState
from services.commerce.repository import ledger, orders
from services.commerce.repository.listings import return_stock
from services.commerce.usecases.orders import is_held, receive
from services.commerce.usecases.ports import Ports
from services.shared.kernel.observability import logger
from services.shared.messaging.counters import fold
from services.shared.messaging.events import OrderChanged
from services.shared.messaging.stream import Change
from services.shared.table.port import (
    ConditionFailed,
    Conflict,
    Throttled,
    Write,
)
from services.shared.table.versioned import Stored, write

AT_ONCE = 100
MOST_PAGES = 5  # a page takes about a second; the function has ten
GROUP = 20  # changes a transaction: an entry moves at most four accounts, and a transaction takes a hundred


def run_schedule(ports: Ports) -> int:
    """Take every order whose time is over one step further; answers how many. A minute late does no harm: whoever reads
    or pays judges by the clock."""
    done = 0
    for _ in range(MOST_PAGES):
        due = orders.list_due(ports.table, ports.clock(), AT_ONCE)
        advanced = sum(_advance(ports, stored) for stored in due)
        done += advanced
        if len(due) < AT_ONCE or not advanced:
            break
    return done


def _advance(ports: Ports, stored: Stored[Order]) -> bool:
    order = stored.entity
    payees = {OrderState.SHIPPED: (order.seller, order.owner), OrderState.RECEIVED: (order.owner,)}
    try:
        if is_held(ports, *payees.get(order.state, ())):
            write(ports.table, stored.put(orders.order_to(order.hold(at=ports.clock())), ports.new_id))
            return True
        match order.state:
            case OrderState.RESERVED:
                _expire(ports, stored)
            case OrderState.SHIPPED:
                receive(ports, stored, lambda order: order.receive(None, at=ports.clock()))
            case OrderState.RECEIVED:
                _complete(ports, stored)
            case OrderState.REFUNDING:
                _ask_refund(ports, stored)
            case _:
                return False
    except (ConditionFailed, WrongState):
        return False  # somebody was faster: paid it, confirmed it, or the same schedule elsewhere
    except (Conflict, Throttled):
        return False  # contended: the next minute takes it, and those behind it do not wait
    return True


def _expire(ports: Ports, stored: Stored[Order]) -> None:
    """The units go back in the very write that ends the reservation: once."""
    after = stored.entity.expire(at=ports.clock())
    back = return_stock(after.circle_id, after.listing_id, after.quantity, ports.new_id)
    put = stored.put(orders.order_to(after), ports.new_id, OrderChanged)
    ports.table.transact([put, back], token=ports.new_id("txn"))


def _complete(ports: Ports, stored: Stored[Order]) -> None:
    after = stored.entity.complete(at=ports.clock())
    writes: list[Write] = [stored.put(orders.order_to(after), ports.new_id, OrderChanged)]
    if entry := commission_released(after):
        writes.append(ledger.journal_put(entry))
    ports.table.transact(writes, token=ports.new_id("txn"))


def _ask_refund(ports: Ports, stored: Stored[Order]) -> None:
    """Have the provider give the money back. The payment is the key, so asking again does nothing twice; the order is
    done when the provider tells of it."""
    try:
        ports.payments.refund(stored.entity.payment_id, stored.entity.total)
    except ProviderFailed:
        logger().warning("refund refused", order_id=stored.entity.id)
    after = stored.entity.ask_again(at=ports.clock())
    write(ports.table, stored.put(orders.order_to(after), ports.new_id))


def fold_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Move the balances by new ledger entries, once."""
    fold(ports.table, changes, ledger.updates_of, at=ports.clock(), new_id=ports.new_id)
