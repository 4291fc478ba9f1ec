"""Orders: pay, read, confirm receipt. placing.py places them, shipping.py and order_refunds.py have the rest."""

from __future__ import annotations

from functools import partial

from services.commerce.adapters.payments import Payment, PaymentPart, ProviderFailed
from services.commerce.domain import Order, OrderState
from services.commerce.domain.permissions import Action
from services.commerce.errors import OrderStateConflict
from services.commerce.repository import circles, orders
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.settlement import divide_escrow
from services.shared.kernel.errors import Unavailable
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update


def start_payment(ports: Ports, caller: Caller, order_id: str) -> Payment:
    """Return the payment that the buyer completes at the provider's page.

    The order is the key at the provider, so a second call returns the same payment.

    Cost: 1 write unit and 2.5 read units.
    Raises: OrderNotFound, MembershipEnded, CircleNotFound, OrderStateConflict (paid, or the reservation has expired),
    Unavailable (the provider failed), RateLimitReached.
    """
    order = orders.get_order(ports.table, caller.user_id, order_id)
    circles.require_member(ports.table, order.circle_id, caller.user_id, Action.BUY, ports.clock())
    state = order.state_at(ports.clock())
    if state is not OrderState.RESERVED:
        raise OrderStateConflict(state=state)
    Slot(ports, caller.user_id, settings().rate("payment")).use()
    try:
        reference = f"{order.buyer_id}/{order.id}"
        return ports.payments.start([PaymentPart(reference, order.total)]).get_payment(reference)
    except ProviderFailed:
        raise Unavailable(retry_after=2) from None


def get_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Return an order that the caller placed.

    Cost: 1.5 read units.
    Raises: OrderNotFound.
    """
    return orders.get_order(ports.table, caller.user_id, order_id)


def list_orders(ports: Ports, caller: Caller, page: PageRequest) -> Page[Order]:
    """Return a page of the orders that the caller placed, newest first.

    Cost: 3 read units for 20 orders.
    """
    return orders.list_orders(ports.table, caller.user_id, page)


def list_sales(ports: Ports, caller: Caller, page: PageRequest) -> Page[Order]:
    """Return a page of the orders of the caller's listings, newest first.

    Cost: 21 read units for 20 orders: the index holds only keys.
    """
    return orders.list_sales(ports.table, caller.user_id, page)


def confirm_receipt(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Record that the buyer has received the order, divide the escrow, and return the order.

    The share of a seller under a sanction waits until the sanction ends.
    Unchanged if receipt is confirmed already.

    Cost: 14 write units (6 for the transaction and its index, 8 for the balances) and 2 read units; 1 more with a commission.
    Raises: OrderNotFound (for every user but the buyer), OrderStateConflict.
    """

    def change(order: Order) -> Order | Changed[Order]:
        is_confirmed = order.state in (OrderState.RECEIVED, OrderState.COMPLETED)
        return order if is_confirmed else divide_escrow(ports, order, caller.user_id)

    return update(ports, partial(orders.load_order, ports.table, caller.user_id, order_id), change)
