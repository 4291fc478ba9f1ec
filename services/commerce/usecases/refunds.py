"""Refunds: those that we request for payments that no order keeps, and those that were made at the provider."""

from __future__ import annotations

from functools import partial

from services.commerce.adapters.payments import ProviderFailed
from services.commerce.domain import Order, OrderState
from services.commerce.domain.ledger import refund_debits, refund_entry
from services.commerce.domain.payment import UnappliedPayment
from services.commerce.repository import stock
from services.commerce.repository.ledger import has_entry
from services.commerce.usecases.money import WebhookEvent, find_order, load_payment, store
from services.commerce.usecases.ports import Ports
from services.shared.kernel.observability import logger, record_metric
from services.shared.messaging.events import PaymentReported
from services.shared.table.versioned import Versioned, save, update


def record_refund(ports: Ports, event: WebhookEvent) -> Order | None:
    """Book a refund that the provider reports, on the order, on what no order keeps of the payment, or on both.

    A refund that was made at the provider is the order's first. One that we requested is the unapplied payment's first. What
    exceeds both, or came before its capture, is a negative balance of the payment: see `UnappliedPayment.schedule_retry`.
    Unchanged if the refund was booked before.
    """
    event.require_refund("refund_id")
    if has_entry(ports.table, refund_entry(event.order_id, event.refund_id, event.payment_id, event.amount)):
        return _order_of(ports, event)
    loaded, at = find_order(ports, event), ports.clock()
    before = loaded.entity if loaded else None
    payment = load_payment(ports, event, before)
    of_order = _share_of_order(event, before, payment.entity)
    rest = event.amount.amount - of_order
    after_payment = payment.entity.refund(rest, event.refund_reference, at=at) if rest else payment.entity
    after = before.refund(of_order, at=at) if before and of_order else before
    if after and _is_returned(after, after_payment):
        after = after.complete_return(at=at)
    debits = refund_debits(before, after) if before and after and of_order else ()
    is_unshipped = before is not None and before.state is OrderState.PAID and after and after.state is OrderState.REFUNDED
    units = stock.release_stock_of_order(ports, before) if before and is_unshipped else []
    entry = refund_entry(event.order_id, event.refund_id, event.payment_id, event.amount, debits)
    return store(ports, (loaded, after), (payment, after_payment), entry, *units)


def _order_of(ports: Ports, event: WebhookEvent) -> Order | None:
    loaded = find_order(ports, event)
    return loaded.entity if loaded else None


def _share_of_order(event: WebhookEvent, order: Order | None, payment: UnappliedPayment) -> int:
    """Return how much of a refund the order bears."""
    refundable = order.get_refundable(event.payment_id, event.amount.currency) if order else 0
    own = max(payment.balance, 0) if event.refund_reference else 0
    return min(max(event.amount.amount - own, 0), refundable)


def _is_returned(order: Order, payment: UnappliedPayment) -> bool:
    """Whether the late payment of a refunding order is back at the buyer."""
    is_its_payment = (order.payment_id, order.total.currency) == (payment.payment_id, payment.currency)
    return order.state is OrderState.REFUNDING and is_its_payment and payment.balance <= 0


def record_failed_refund(ports: Ports, event: WebhookEvent) -> Order | None:
    """Record that the provider could not make a refund that we requested. The schedule requests another one.

    Unchanged if it is not the refund that is requested now.
    """
    event.require_refund("refund_reference")
    order = _order_of(ports, event)
    update(
        ports,
        partial(load_payment, ports, event, order),
        lambda payment: payment.fail_refund(event.refund_reference, at=ports.clock()),
    )
    return order


def request_refund(ports: Ports, loaded: Versioned[UnappliedPayment]) -> bool:
    """Request the refund of a due payment at the provider. The webhook, not the response, completes it. False if it is not due.

    A repeated request refunds once. A payment that is unbalanced for too long is reported to reviewers, once, and counts for
    an alarm each time. Operators can refund it at the provider: its webhook ends the requests.
    """
    payment = loaded.entity
    if not payment.is_due(ports.clock()):
        return False
    if payment.requested:
        try:
            ports.payments.refund(payment.payment_id, payment.refund_request, payment.refund_reference)
        except ProviderFailed:
            logger().warning("refund request failed", order_id=payment.order_id)
    after = payment.schedule_retry(at=ports.clock())
    if after.is_reported:
        record_metric("PaymentUnbalanced", 1)
    save(ports, loaded, after, *([PaymentReported] if after.is_reported and not payment.is_reported else []))
    return True
