"""What the payment provider tells, as often and in whatever order it does."""

from __future__ import annotations

from dataclasses import dataclass

from services.commerce.adapters.payments import is_signed
from services.commerce.domain import Order, OrderState
from services.commerce.domain.journal import captured, refunded
from services.commerce.domain.money import Money
from services.commerce.errors import SignatureInvalid
from services.commerce.repository import orders
from services.commerce.repository.ledger import journal_put
from services.commerce.repository.listings import retake_stock
from services.commerce.usecases.ports import Ports
from services.shared.messaging.events import OrderChanged
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import Versioned, retry_on_write_conflict


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened at the provider. `reference` is what we gave it: `buyer/order`."""

    kind: str
    payment_id: str
    reference: str
    amount: Money


def check_signature(ports: Ports, header: str, raw: bytes) -> None:
    """The webhook's only door: signed by the provider over these very bytes, within five minutes."""
    if not is_signed(header, ports.webhook_keys.newest_first(), raw, ports.clock()):
        raise SignatureInvalid


def handle_webhook_event(ports: Ports, notice: Notice) -> Order | None:
    """Take a notice over; None for a kind we do not know. One that was taken before, or that others overtook, changes
    nothing."""
    buyer, _, order_id = notice.reference.partition("/")
    take = {"payment.captured": _take_capture, "refund.succeeded": _take_refund}.get(notice.kind)
    if take is None:
        return None
    return retry_on_write_conflict(lambda: take(ports, orders.find_order(ports.table, buyer, order_id), notice))


def _take_capture(ports: Ports, loaded: Versioned[Order], notice: Notice) -> Order:
    """Paid in time: the order is paid. Too late: its goods are reserved again if they are there, else the money goes
    back. Never both: each is one transaction on the order as it was read."""
    order = loaded.entity
    if order.payment_id == notice.payment_id:
        return order
    paid = order.pay(notice.payment_id, notice.amount, at=ports.clock())
    writes = [loaded.put(orders.order_to_item(paid), ports.new_id, OrderChanged), journal_put(captured(paid))]
    if order.state is not OrderState.EXPIRED:
        ports.table.transact(writes, token=ports.new_id("txn"))
        return paid
    retake = retake_stock(order.circle_id, order.listing_id, order.quantity, ports.new_id)
    try:
        ports.table.transact([*writes, retake], token=ports.new_id("txn"))
    except ConditionFailed as failed:
        if failed.index != 2:
            raise
        return _give_back(ports, loaded, notice)
    return paid


def _give_back(ports: Ports, loaded: Versioned[Order], notice: Notice) -> Order:
    """The money came and the goods are gone: the order says so, and the schedule asks the
    provider, again and again until its notice comes."""
    after = loaded.entity.refund(notice.payment_id, notice.amount, at=ports.clock())
    put = loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged)
    ports.table.transact([put, journal_put(captured(after))], token=ports.new_id("txn"))
    return after


def _take_refund(ports: Ports, loaded: Versioned[Order], notice: Notice) -> Order:
    if loaded.entity.state is OrderState.REFUNDED and loaded.entity.payment_id == notice.payment_id:
        return loaded.entity
    after = loaded.entity.refunded(notice.payment_id, notice.amount, at=ports.clock())
    put = loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged)
    ports.table.transact([put, journal_put(refunded(after))], token=ports.new_id("txn"))
    return after
