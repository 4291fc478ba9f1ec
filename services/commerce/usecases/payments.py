"""Payments: what the provider's webhook reports, repeated and in any order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from services.commerce.adapters.payments import is_signature_valid
from services.commerce.domain import Order, OrderState
from services.commerce.domain.ledger import capture_entry, refund_entry
from services.commerce.domain.money import Money
from services.commerce.errors import SignatureInvalid
from services.commerce.repository import listings, orders
from services.commerce.repository.ledger import append_entry
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.purchases import can_reserve_again
from services.shared.messaging.events import OrderChanged
from services.shared.table.port import Write
from services.shared.table.versioned import Changed, update


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event at the provider; `reference` is what we gave it when the payment started: `<buyer>/<order>`."""

    type: str
    payment_id: str
    reference: str
    amount: Money


def require_valid_signature(ports: Ports, header: str, raw: bytes) -> None:
    """Require that the provider signed exactly these bytes, close enough to now.

    Nothing else protects the webhook.
    Raises: SignatureInvalid.
    """
    if not is_signature_valid(header, ports.webhook_keys.newest_first(), raw, ports.clock()):
        raise SignatureInvalid


def handle_webhook_event(ports: Ports, event: WebhookEvent) -> Order | None:
    """Apply a webhook event to its order and return the order; None for a type that we do not handle.

    Unchanged if the event was applied before or a later one was.

    Cost of a capture: 11 write units (5 for the transaction and its index, 6 for the balances) and 1 read unit.
    Cost: 5 write units and 1 read unit.
    Raises: OrderNotFound (the provider delivers again), PaymentMismatch, OrderStateConflict.
    """
    buyer_id, _, order_id = event.reference.partition("/")
    handle = {"payment.captured": _capture, "refund.succeeded": _complete_refund}.get(event.type)
    if handle is None:
        return None
    return update(ports, partial(orders.load_order, ports.table, buyer_id, order_id), partial(handle, ports, event))


def _capture(ports: Ports, event: WebhookEvent, order: Order) -> Order | Changed[Order]:
    """Mark the order paid. If it has expired: reserve its stock again, or refund the payment if it cannot be bought now.

    Never both: each is one transaction, on the condition that the order is unchanged.
    """
    if order.payment_id == event.payment_id:
        return order
    reserve: list[Write] = []
    if order.state is OrderState.EXPIRED:
        if not can_reserve_again(ports, order):
            # The schedule requests the refund until the provider reports it.
            refunding = order.start_refund(event.payment_id, event.amount, at=ports.clock())
            return Changed(refunding, [OrderChanged], [append_entry(capture_entry(refunding))])
        reserve = [listings.reserve_stock_again(ports, order)]
    paid = order.pay(event.payment_id, event.amount, at=ports.clock())
    return Changed(paid, [OrderChanged], [append_entry(capture_entry(paid)), *reserve])


def _complete_refund(ports: Ports, event: WebhookEvent, order: Order) -> Order | Changed[Order]:
    if order.state is OrderState.REFUNDED and order.payment_id == event.payment_id:
        return order
    after = order.complete_refund(event.payment_id, event.amount, at=ports.clock())
    return Changed(after, [OrderChanged], [append_entry(refund_entry(after))])
