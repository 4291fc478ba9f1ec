"""What happens to orders as time passes: expiry, automatic receipt, release of commissions, requests for refunds."""

from __future__ import annotations

from services.commerce.adapters.payments import ProviderFailed
from services.commerce.domain import Order, OrderState
from services.commerce.domain.ledger import commission_entry
from services.commerce.errors import OrderStateConflict
from services.commerce.repository import orders
from services.commerce.repository.ledger import append_entry
from services.commerce.repository.listings import release_stock
from services.commerce.usecases.orders import is_payout_blocked, record_receipt
from services.commerce.usecases.ports import Ports
from services.shared.kernel.observability import logger
from services.shared.messaging.events import OrderChanged
from services.shared.table.port import ConditionFailed, Throttled, TransactionConflict, Write
from services.shared.table.versioned import Versioned, save

PAGE_SIZE = 100
MAX_PAGES = 5  # a page takes about 1 second, and the function has 10


def handle_schedule(ports: Ports) -> int:
    """Move every due order one step further, and return how many moved.

    A delay does no harm: every reader and every payment checks `due_at` itself.

    Cost of one expired order: 5 write units and 1.5 read units.
    """
    moved = 0
    for _ in range(MAX_PAGES):
        due = orders.list_due(ports.table, ports.clock(), PAGE_SIZE)
        moved_in_page = sum(_advance(ports, loaded) for loaded in due)
        moved += moved_in_page
        if len(due) < PAGE_SIZE or not moved_in_page:
            break
    return moved


def _advance(ports: Ports, loaded: Versioned[Order]) -> bool:
    """Move one due order a step further; False if another write moved it, or contention leaves it to the next minute."""
    order = loaded.entity
    payees = {OrderState.SHIPPED: (order.seller_id, order.owner_id), OrderState.RECEIVED: (order.owner_id,)}
    try:
        if is_payout_blocked(ports, *payees.get(order.state, ())):
            save(ports.table, loaded.put(orders.order_to_item(order.postpone(at=ports.clock())), ports.new_id))
            return True
        match order.state:
            case OrderState.RESERVED:
                _expire(ports, loaded)
            case OrderState.SHIPPED:
                record_receipt(ports, loaded, None)
            case OrderState.RECEIVED:
                _complete(ports, loaded)
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
    """Expire a reservation and release its stock in one transaction, so that the stock returns exactly once."""
    after = loaded.entity.expire(at=ports.clock())
    release = release_stock(after.circle_id, after.listing_id, after.quantity, ports.new_id)
    put = loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged)
    ports.table.transact([put, release], token=ports.new_id("txn"))


def _complete(ports: Ports, loaded: Versioned[Order]) -> None:
    after = loaded.entity.complete(at=ports.clock())
    writes: list[Write] = [loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged)]
    if entry := commission_entry(after):
        writes.append(append_entry(entry))
    ports.table.transact(writes, token=ports.new_id("txn"))


def _request_refund(ports: Ports, loaded: Versioned[Order]) -> None:
    """Request the refund at the provider. The webhook, not the response, completes the order.

    The payment is the key at the provider, so a repeated request refunds once.
    """
    try:
        ports.payments.refund(loaded.entity.payment_id, loaded.entity.total)
    except ProviderFailed:
        logger().warning("refund request failed", order_id=loaded.entity.id)
    after = loaded.entity.schedule_refund_retry(at=ports.clock())
    save(ports.table, loaded.put(orders.order_to_item(after), ports.new_id))
