"""Payments: what the provider's webhook reports, repeated and in any order."""

from __future__ import annotations

from dataclasses import dataclass

from services.commerce.adapters.payments import is_signature_valid
from services.commerce.domain import Order, OrderState
from services.commerce.domain.ledger import capture_entry, refund_entry
from services.commerce.domain.money import Money
from services.commerce.errors import SignatureInvalid
from services.commerce.repository import orders
from services.commerce.repository.ledger import append_entry
from services.commerce.repository.listings import reserve_stock_again
from services.commerce.usecases.ports import Ports
from services.shared.messaging.events import OrderChanged
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import Versioned, retry_on_write_conflict


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event at the provider; `reference` is what we gave it when the payment started: `<buyer>/<order>`."""

    type: str
    payment_id: str
    reference: str
    amount: Money


def require_valid_signature(ports: Ports, header: str, raw: bytes) -> None:
    """Require that the provider signed exactly these bytes, at most 5 minutes before or after now.

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
    handle = {"payment.captured": _handle_capture, "refund.succeeded": _handle_refund}.get(event.type)
    if handle is None:
        return None
    return retry_on_write_conflict(lambda: handle(ports, orders.load_order(ports.table, buyer_id, order_id), event))


def _handle_capture(ports: Ports, loaded: Versioned[Order], event: WebhookEvent) -> Order:
    """Mark the order paid. If it has expired: reserve its stock again, or refund the payment if the stock is sold.

    Never both: each is one transaction, on the condition that the order is unchanged.
    """
    order = loaded.entity
    if order.payment_id == event.payment_id:
        return order
    paid = order.pay(event.payment_id, event.amount, at=ports.clock())
    writes = [loaded.put(orders.order_to_item(paid), ports.new_id, OrderChanged), append_entry(capture_entry(paid))]
    if order.state is not OrderState.EXPIRED:
        ports.table.transact(writes, token=ports.new_id("txn"))
        return paid
    reserve = reserve_stock_again(order.circle_id, order.listing_id, order.quantity, ports.new_id)
    try:
        ports.table.transact([*writes, reserve], token=ports.new_id("txn"))
    except ConditionFailed as failed:
        if failed.index != 2:  # only a failed condition of the stock means that it is sold
            raise
        return _start_refund(ports, loaded, event)
    return paid


def _start_refund(ports: Ports, loaded: Versioned[Order], event: WebhookEvent) -> Order:
    """Record the payment and that it must be refunded. The schedule requests the refund until the provider reports it."""
    after = loaded.entity.start_refund(event.payment_id, event.amount, at=ports.clock())
    put = loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged)
    ports.table.transact([put, append_entry(capture_entry(after))], token=ports.new_id("txn"))
    return after


def _handle_refund(ports: Ports, loaded: Versioned[Order], event: WebhookEvent) -> Order:
    if loaded.entity.state is OrderState.REFUNDED and loaded.entity.payment_id == event.payment_id:
        return loaded.entity
    after = loaded.entity.complete_refund(event.payment_id, event.amount, at=ports.clock())
    put = loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged)
    ports.table.transact([put, append_entry(refund_entry(after))], token=ports.new_id("txn"))
    return after
