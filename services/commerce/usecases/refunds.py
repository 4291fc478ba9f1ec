"""Refunds: those that we request for payments that no order keeps, and those that were made at the provider."""

from __future__ import annotations

from functools import partial

from services.commerce.adapters.payments import ProviderFailed
from services.commerce.domain import Order
from services.commerce.domain.ledger import refund_debits, refund_entry
from services.commerce.domain.payment import UnappliedPayment
from services.commerce.repository.ledger import has_entry
from services.commerce.repository.orders import load_order
from services.commerce.usecases.money import (
    WebhookEvent,
    complete_return,
    find_order,
    find_share_of_order,
    load_payment,
    returned_reservation,
    store,
)
from services.commerce.usecases.ports import Ports
from services.shared.kernel.observability import logger, record_metric
from services.shared.messaging.events import PaymentReported
from services.shared.table.versioned import Versioned, save, update


def record_refund(ports: Ports, event: WebhookEvent) -> Order | None:
    """Book a refund that the provider reports, on the order, on what no order keeps of the payment, or on both.

    A refund that was made at the provider, or that we requested of the order, is the order's first. One that we requested of
    the unapplied payment is the payment's first. What exceeds both, or came before its capture, is a negative balance of the
    payment: see `UnappliedPayment.schedule_retry`.
    Unchanged if the refund was booked before.
    """
    event.require("refund_id")
    if has_entry(ports.table, refund_entry(event.order_id, event.refund_id, event.payment_id, event.amount)):
        return _order_of(ports, event)
    loaded, at = find_order(ports, event), ports.clock()
    before = loaded.entity if loaded else None
    payment = load_payment(ports, event, before)
    is_of_payment = bool(event.refund_reference) and event.request_number is None
    of_order = find_share_of_order(event, before, max(payment.entity.balance, 0) if is_of_payment else 0)
    rest = event.amount.amount - of_order
    after_payment = payment.entity.refund(rest, event.refund_reference, at=at) if rest else payment.entity
    ends_request = event.request_number is not None or (of_order and not is_of_payment)
    after = before.close_refund(event.request_number, event.amount.amount, at=at) if before and ends_request else before
    after = after.refund(of_order, at=at) if after and of_order else after
    after = complete_return(after, after_payment, at)
    debits = refund_debits(before, after) if before and after and of_order else ()
    entry = refund_entry(event.order_id, event.refund_id, event.payment_id, event.amount, debits)
    return store(ports, (loaded, after), (payment, after_payment), entry, *returned_reservation(ports, before, after))


def _order_of(ports: Ports, event: WebhookEvent) -> Order | None:
    loaded = find_order(ports, event)
    return loaded.entity if loaded else None


def record_failed_refund(ports: Ports, event: WebhookEvent) -> Order | None:
    """Record that the provider could not make a refund that we requested. The schedule requests another one.

    Unchanged if it is not the refund that is requested now.
    """
    event.require("refund_reference")
    order = _order_of(ports, event)
    if order and (number := event.request_number):
        load = partial(load_order, ports.table, order.buyer_id, order.id)
        return update(ports, load, partial(_fail_request, ports, number))
    update(
        ports,
        partial(load_payment, ports, event, order),
        lambda payment: payment.fail_refund(event.refund_reference, at=ports.clock()),
    )
    return order


def _fail_request(ports: Ports, number: int, order: Order) -> Order:
    return order.fail_refund(number, at=ports.clock())


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
