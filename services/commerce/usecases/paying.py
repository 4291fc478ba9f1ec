"""Starting the payment of one or several orders at the provider."""

from __future__ import annotations

from collections.abc import Sequence

from services.commerce.adapters.payments import PaymentPage, PaymentPart, ProviderFailed
from services.commerce.domain import Order
from services.commerce.domain.permissions import Action
from services.commerce.errors import OrderNotFound
from services.commerce.repository import circles, orders
from services.commerce.repository.paying import Payable, get_buyer, get_payable
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.purchases import naming_line
from services.shared.kernel.errors import Unavailable
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot


def start_payment(ports: Ports, caller: Caller, order_id: str) -> PaymentPage:
    """Return the provider's page on which the buyer pays an order.

    The order is the key at the provider, so a second call returns the same page.

    Cost: 1 write unit and 3.5 read units.
    Raises: OrderNotFound, and as `start_payments`.
    """
    order = orders.get_order(ports.table, caller.user_id, order_id)
    slot = _slot_of(ports, caller)
    buyer = get_buyer(ports.table, order.circle_id, caller.user_id, slot)
    return _start(ports, Payable(buyer, [order]), order.circle_id, slot)


def start_payments(ports: Ports, caller: Caller, circle_id: str, order_ids: Sequence[str]) -> PaymentPage:
    """Return one page of the provider on which the buyer pays several orders of a circle. Each has a payment of its own.

    The orders are the key at the provider, so a second call for the same orders returns the same page.

    Cost: 1 write unit, 2 read units, and 1 per order, in one request.
    Raises: OrderNotFound, MembershipEnded, CircleNotFound, OrderStateConflict (paid, or the reservation has expired),
    AddressMissing, Unavailable (the provider failed), RateLimitReached.
    """
    slot = _slot_of(ports, caller)
    return _start(ports, get_payable(ports.table, circle_id, caller.user_id, order_ids, slot), circle_id, slot)


def _slot_of(ports: Ports, caller: Caller) -> Slot:
    return Slot(ports, caller.user_id, settings().rate("payment"))


def _start(ports: Ports, payable: Payable, circle_id: str, slot: Slot) -> PaymentPage:
    circles.require_membership(payable.buyer, Action.BUY, ports.clock())
    found = []
    for number, order in enumerate(payable.orders):
        with naming_line(number, of=len(payable.orders), list_name="order_ids"):
            found.append(_require_payable(ports, order, circle_id))
    slot.use()
    try:
        return ports.payments.start([PaymentPart(f"{order.buyer_id}/{order.id}", order.total) for order in found])
    except ProviderFailed:
        raise Unavailable(retry_after=2) from None


def _require_payable(ports: Ports, order: Order | None, circle_id: str) -> Order:
    if order is None or order.circle_id != circle_id:
        raise OrderNotFound
    order.require_payable(ports.clock())
    return order
