"""Captured payments: which of them pays its order, and which goes back."""

from __future__ import annotations

from services.commerce.domain import Order, OrderState
from services.commerce.domain.ledger import capture_entry, offset_entry, unapplied_capture_entry
from services.commerce.errors import StockInsufficient
from services.commerce.repository import stock
from services.commerce.repository.ledger import has_entry
from services.commerce.repository.reserving import release_reservation
from services.commerce.settings import settings
from services.commerce.usecases import discounts
from services.commerce.usecases.money import LoadedPayment, WebhookEvent, bear_what_is_ahead, find_order, load_payment, store
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.purchases import find_late_purchase
from services.commerce.usecases.spending import can_count_again
from services.commerce.usecases.traces import PAYER, hash_value
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.table.port import Write
from services.shared.table.versioned import Versioned


def record_capture(ports: Ports, event: WebhookEvent) -> Order | None:
    """Pay the order with a captured payment of its total, or book the payment and return it to the buyer. Never both.

    Unchanged if the capture was booked before. A payment is late by the provider's time of capture, not by when the event came.
    Raises: Invalid (the time of capture is missing, or after now or before the order by more than the tolerance).
    """
    loaded = find_order(ports, event)
    order = loaded.entity if loaded else None
    if order and order.is_paid_by(event.payment_id, event.amount):
        return order
    _require_possible_time(ports, event, order)
    if loaded and loaded.entity.awaits(event.amount):
        return _apply_to_order(ports, event, loaded)
    entry = unapplied_capture_entry(event.order_id, event.payment_id, event.amount)
    if has_entry(ports.table, entry):
        return order
    payment = load_payment(ports, event, order)
    captured = payment.entity.capture(event.amount.amount, at=ports.clock())
    return store(ports, (loaded, order), (payment, captured), entry)


def record_failed_payment(ports: Ports, event: WebhookEvent) -> Order | None:
    """Return the order of a payment that failed, as it is: it stays reserved until it is due, so the buyer can try again.

    Cost: 1 read unit.
    """
    loaded = find_order(ports, event)
    return loaded.entity if loaded else None


def _require_possible_time(ports: Ports, event: WebhookEvent, order: Order | None) -> None:
    tolerance, at = settings().webhook_tolerance, event.required_captured_at
    if at > ports.clock() + tolerance or (order and at < order.created_at - tolerance):
        raise Invalid(fields=(FieldError("/captured_at", "must-be-time-of-capture"),))


def _apply_to_order(ports: Ports, event: WebhookEvent, loaded: Versioned[Order]) -> Order | None:
    """Pay an unpaid order, together with what was refunded or charged back before its capture was reported."""
    order, at = loaded.entity, ports.clock()
    payment = load_payment(ports, event, order) if order.has_unapplied_payments else None
    refunded, charged_back = payment.entity.ahead if payment else (0, 0)
    kept = _find_kept(ports, event, order) if refunded < order.total.amount else None
    if kept is None:
        return _return_payment(ports, event, loaded, payment or load_payment(ports, event, order))
    paid = order.pay(event.payment_id, payer=hash_value(ports, order.circle_id, PAYER, event.payer), at=at)
    if payment is None or not (refunded or charged_back):
        return store(ports, (loaded, paid), None, capture_entry(paid), *kept)
    after, rest = bear_what_is_ahead(paid, payment.entity, at)
    entries = (capture_entry(paid), offset_entry(paid, after, event.payment_id))
    return store(ports, (loaded, after), (payment, rest), *entries, *kept)


def _find_kept(ports: Ports, event: WebhookEvent, order: Order) -> list[Write] | None:
    """Return the writes with which the order keeps or gets its units and its coupon.

    None if it cannot have them all, or if a minor has spent the cap since the order expired.
    """
    if not can_count_again(ports, order):
        return None
    units = _stock_writes(ports, event, order)
    use = None if units is None else discounts.keep_use(ports, order, is_late=not order.is_in_time(event.required_captured_at))
    return None if units is None or use is None else [*units, *use]


def _stock_writes(ports: Ports, event: WebhookEvent, order: Order) -> list[Write] | None:
    """Return the writes with which the order keeps or gets its units; None if it cannot have them.

    A payment in time is for what was agreed: it needs the units alone, which the schedule may have returned to the stock
    since. A late one needs that the same purchase is still allowed, at no higher price.
    """
    is_reserved, is_in_time = order.state is OrderState.RESERVED, order.is_in_time(event.required_captured_at)
    late = [] if is_in_time else find_late_purchase(ports, order)
    if late is None:
        return None
    if is_reserved:
        return [stock.require_unchanged(listing) for listing in late]
    try:
        return [*stock.reserve_stock_again(ports, order, agreed={listing.id: listing for listing in late})]
    except StockInsufficient:
        return None


def _return_payment(ports: Ports, event: WebhookEvent, loaded: Versioned[Order], payment: LoadedPayment) -> Order | None:
    """Book a late payment as unapplied. The order is refunding until it is back; a reservation gives back what it has."""
    order, at = loaded.entity, ports.clock()
    captured = payment.entity.capture(event.amount.amount, at=at)
    after = order.return_payment(event.payment_id, at=at)
    if captured.is_returned:  # the provider reported the refund first
        after = after.complete_return(at=at)
    released = release_reservation(ports, order) if order.state is OrderState.RESERVED else []
    entry = unapplied_capture_entry(order.id, event.payment_id, event.amount)
    return store(ports, (loaded, after), (payment, captured), entry, *released)
