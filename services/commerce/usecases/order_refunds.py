"""Refunds of an order that we request: cancelled by the buyer, not shipped in time, given by the seller.

Each is a write of the order first. The provider is called after it, and by the schedule until the webhook reports the refund.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from services.commerce.adapters.payments import ProviderFailed
from services.commerce.domain import Order, RefundRequest
from services.commerce.domain.money import Money
from services.commerce.domain.refund import refund_reference
from services.commerce.repository import orders
from services.commerce.repository.reserving import release_reservation
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.observability import logger, record_metric
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import OrderChanged, PaymentReported
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, Versioned, save, update

Change = Callable[[Order], Order | Changed[Order]]


def cancel_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Cancel an order that is not shipped, for its buyer, and return it. Its units return to stock in the same write.

    The whole rest of a paid order is requested at the provider; it is refunding until the webhook reports the refund.
    Unchanged if it was cancelled before.

    Cost: 4 write units and 2 read units; 7 write units (3 for the indexes) if it is paid.
    With a coupon 4 write units and 2.5 read units more.
    Raises: OrderNotFound (for every user but the buyer), OrderStateConflict.
    """

    def change(order: Order) -> Order | Changed[Order]:
        is_cancelled = order.buyer_id == caller.user_id and order.cancel_reason is not None
        return order if is_cancelled else _changed(ports, order, order.cancel(caller.user_id, at=ports.clock()))

    return update_and_refund(ports, partial(orders.load_order, ports.table, caller.user_id, order_id), change)


def refund_order(ports: Ports, caller: Caller, order_id: str, key: IdempotencyKey, *, amount: int) -> Order:
    """Request a refund of a part of an order, or of the rest, for its seller, and return the order.

    A retry with the same key returns the order without a second refund. All that is left of a paid order cancels it.

    Cost: 4 write units (1 for the slot, 1 for the order, 2 for the index) and 2.5 read units.
    Raises: OrderNotFound (for every user but the seller), OrderStateConflict, RefundAboveRefundable, RefundLimitReached,
    KeyReused, RateLimitReached.
    """

    def change(order: Order) -> Order | Changed[Order]:
        return _changed(ports, order, order.refund_by_seller(caller.user_id, amount, at=ports.clock()))

    load = partial(orders.ORDERS.load_of_seller, ports.table, caller.user_id, order_id)
    return update_and_refund(ports, load, change, request=ChangeRequest.of_key(key, settings().rate("refund")))


def _changed(ports: Ports, before: Order, after: Order) -> Order | Changed[Order]:
    """Return the change with its event and, if the order will not be shipped, the units and the coupon that it gives back."""
    if after.state is before.state:
        return after
    return Changed(after, [OrderChanged], release_reservation(ports, before))


def update_and_refund(
    ports: Ports, load: Callable[[], Versioned[Order]], change: Change, request: ChangeRequest | None = None
) -> Order:
    """Change an order, then request at the provider the refunds that the change added to it."""
    found: list[Order] = []

    def noted(order: Order) -> Order | Changed[Order]:
        found.append(order)
        return change(order)

    after = update(ports, load, noted, request=request)
    request_new_refunds(ports, found[-1] if found else after, after)
    return after


def request_new_refunds(ports: Ports, before: Order, after: Order) -> None:
    """Request at the provider the refunds that a write added to an order. It is the only way from a write to the provider.

    A crash before it loses none: the schedule requests what is open.
    """
    _request_at_provider(ports, after, [one for one in after.refunds.requests if one.number > before.refunds.number])


def _request_at_provider(ports: Ports, order: Order, requests: Iterable[RefundRequest]) -> None:
    """Request refunds at the provider. A repeat of one refunds once, so no failure is an error: the schedule repeats it."""
    for request in requests:
        money = Money(request.amount, order.total.currency)
        try:
            ports.payments.refund(order.payment_id, money, refund_reference(order.id, request.number))
        except ProviderFailed:
            logger().warning("refund request failed", order_id=order.id)


def end_promise(ports: Ports, loaded: Versioned[Order]) -> None:
    """Give the money of an order back that its seller did not ship in time, once. Its units return to stock.

    Raises: OrderStateConflict.
    """
    before = loaded.entity
    after = save(ports, loaded, _changed(ports, before, before.end_promise(at=ports.clock())))
    request_new_refunds(ports, before, after)


def repeat_refunds(ports: Ports, loaded: Versioned[Order]) -> None:
    """Repeat the requests of an order that are due. The webhook, not the response, completes them.

    One that is open for too long is reported to reviewers, once per order, and counts for an alarm each time.
    """
    order, at = loaded.entity, ports.clock()
    _request_at_provider(ports, order, order.refunds.get_due(at))
    after = order.repeat_refunds(at=at)
    if after.refunds.is_reported:
        record_metric("PaymentUnbalanced", 1)
    save(ports, loaded, after, *([PaymentReported] if after.refunds.is_reported and not order.refunds.is_reported else []))
