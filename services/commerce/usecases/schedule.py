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
from services.shared.messaging.counters import aggregate
from services.shared.messaging.events import OrderChanged
from services.shared.messaging.stream import Change
from services.shared.table.port import (
    ConditionFailed,
    Conflict,
    Throttled,
    Write,
)
from services.shared.table.versioned import Versioned, save

AT_ONCE = 100
MAX_PAGES = 5  # a page takes about a second; the function has ten
GROUP = 20  # changes a transaction: an entry moves at most four accounts, and a transaction takes a hundred


def handle_schedule(ports: Ports) -> int:
    """Take every order whose time is over one step further; answers how many. A minute late does no harm: whoever reads
    or pays judges by the clock."""
    done = 0
    for _ in range(MAX_PAGES):
        due = orders.list_due(ports.table, ports.clock(), AT_ONCE)
        advanced = sum(_advance(ports, loaded) for loaded in due)
        done += advanced
        if len(due) < AT_ONCE or not advanced:
            break
    return done


def _advance(ports: Ports, loaded: Versioned[Order]) -> bool:
    order = loaded.entity
    payees = {OrderState.SHIPPED: (order.seller, order.owner), OrderState.RECEIVED: (order.owner,)}
    try:
        if is_held(ports, *payees.get(order.state, ())):
            save(ports.table, loaded.put(orders.order_to_item(order.hold(at=ports.clock())), ports.new_id))
            return True
        match order.state:
            case OrderState.RESERVED:
                _expire(ports, loaded)
            case OrderState.SHIPPED:
                receive(ports, loaded, lambda order: order.receive(None, at=ports.clock()))
            case OrderState.RECEIVED:
                _complete(ports, loaded)
            case OrderState.REFUNDING:
                _ask_refund(ports, loaded)
            case _:
                return False
    except (ConditionFailed, WrongState):
        return False  # somebody was faster: paid it, confirmed it, or the same schedule elsewhere
    except (Conflict, Throttled):
        return False  # contended: the next minute takes it, and those behind it do not wait
    return True


def _expire(ports: Ports, loaded: Versioned[Order]) -> None:
    """The units go back in the very write that ends the reservation: once."""
    after = loaded.entity.expire(at=ports.clock())
    back = return_stock(after.circle_id, after.listing_id, after.quantity, ports.new_id)
    put = loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged)
    ports.table.transact([put, back], token=ports.new_id("txn"))


def _complete(ports: Ports, loaded: Versioned[Order]) -> None:
    after = loaded.entity.complete(at=ports.clock())
    writes: list[Write] = [loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged)]
    if entry := commission_released(after):
        writes.append(ledger.journal_put(entry))
    ports.table.transact(writes, token=ports.new_id("txn"))


def _ask_refund(ports: Ports, loaded: Versioned[Order]) -> None:
    """Have the provider give the money back. The payment is the key, so asking again does nothing twice; the order is
    done when the provider tells of it."""
    try:
        ports.payments.refund(loaded.entity.payment_id, loaded.entity.total)
    except ProviderFailed:
        logger().warning("refund refused", order_id=loaded.entity.id)
    after = loaded.entity.ask_again(at=ports.clock())
    save(ports.table, loaded.put(orders.order_to_item(after), ports.new_id))


def handle_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Move the balances by new ledger entries, once."""
    aggregate(ports.table, changes, ledger.updates_of, at=ports.clock(), new_id=ports.new_id)
