"""What the handlers of the provider's events have in common: the event, the loaded state, and the one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.commerce.domain import LedgerEntry, Order, OrderState
from services.commerce.domain.money import Money
from services.commerce.domain.payment import UnappliedPayment
from services.commerce.domain.receipt import has_receipt_changed
from services.commerce.domain.refund import number_of
from services.commerce.repository.ledger import append_entry
from services.commerce.repository.orders import find_loaded_order
from services.commerce.repository.payments import load_payment_or
from services.commerce.repository.reserving import release_reservation
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.spending import spending_writes
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.messaging.events import Event, OrderChanged, OrderPartlyRefunded, ReceiptChanged
from services.shared.table.port import Write
from services.shared.table.versioned import Versioned, apply


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event at the provider.

    reference: what we gave it when the payment started, `<buyer>/<order>`.
    captured_at: when the provider captured the payment; only a capture has it.
    chargeback_id: the provider's chargeback.
    payer: what the provider calls the one who paid, the same in each of their payments; empty if it does not say.
    refund_id: the provider's refund. refund_reference: what we gave it with the refund; empty if we did not request it.
    """

    type: str
    payment_id: str
    reference: str
    amount: Money
    captured_at: datetime | None = None
    refund_id: str = ""
    refund_reference: str = ""
    chargeback_id: str = ""
    payer: str = ""

    @property
    def buyer_id(self) -> str:
        return self.reference.partition("/")[0]

    @property
    def order_id(self) -> str:
        return self.reference.partition("/")[2]

    @property
    def required_captured_at(self) -> datetime:
        """Raises: Invalid (the event has none)."""
        if self.captured_at is None:
            raise Invalid(fields=(FieldError("/captured_at", "required"),))
        return self.captured_at

    @property
    def request_number(self) -> int | None:
        """Which of our requests for refunds of the order it is about; None for all other refunds."""
        return number_of(self.refund_reference, self.order_id)

    def require(self, field: str) -> None:
        """Require `refund_id`, `refund_reference` or `chargeback_id`. Raises: Invalid."""
        if not getattr(self, field):
            raise Invalid(fields=(FieldError(f"/{field}", "required"),))


LoadedOrder = Versioned[Order] | None
LoadedPayment = Versioned[UnappliedPayment]


def find_order(ports: Ports, event: WebhookEvent) -> LoadedOrder:
    """Load the order of an event; None if commerce does not know it."""
    return find_loaded_order(ports.table, event.buyer_id, event.order_id)


def load_payment(ports: Ports, event: WebhookEvent, order: Order | None) -> LoadedPayment:
    """Load what no order keeps of the event's payment, or a new record of it."""
    circle_id = order.circle_id if order else ""
    key = (event.payment_id, event.buyer_id, event.order_id, circle_id, event.amount.currency)
    return load_payment_or(ports.table, UnappliedPayment(*key))


def find_share_of_order(event: WebhookEvent, order: Order | None, of_payment: int = 0) -> int:
    """Return how much of what the event takes the order bears. of_payment: what the unapplied payment bears first."""
    kept = order.get_kept(event.payment_id, event.amount.currency) if order else 0
    return min(max(event.amount.amount - of_payment, 0), kept)


def bear_what_is_ahead(order: Order, payment: UnappliedPayment, at: datetime) -> tuple[Order, UnappliedPayment]:
    """Let the order bear what was refunded or charged back of its payment beyond the captures, up to what it keeps.

    Unchanged if nothing is.
    """
    refunded, charged_back = payment.ahead
    refunded = min(refunded, order.net.amount)
    charged_back = min(charged_back, order.net.amount - refunded)
    if not refunded and not charged_back:
        return order, payment
    after = order.refund(refunded, at=at) if refunded else order
    after = after.charge_back(charged_back, at=at) if charged_back else after
    return after, payment.give_to_order(refunded, charged_back, at=at)


def complete_return(order: Order | None, payment: UnappliedPayment, at: datetime) -> Order | None:
    """Return the order, refunded if the late payment of a refunding one is back at the buyer."""
    if order is None or order.state is not OrderState.REFUNDING or order.keeps_payment or not payment.is_returned:
        return order
    is_its_payment = (order.payment_id, order.total.currency) == (payment.payment_id, payment.currency)
    return order.complete_return(at=at) if is_its_payment else order


def returned_reservation(ports: Ports, before: Order | None, after: Order | None) -> list[Write]:
    """Return the writes that give back units and coupon of an order that was refunded before it was shipped."""
    is_unshipped = before and after and (before.state, after.state) == (OrderState.PAID, OrderState.REFUNDED)
    return [*release_reservation(ports, before)] if before and is_unshipped else []


def store(
    ports: Ports,
    order: tuple[LoadedOrder, Order | None],
    payment: tuple[LoadedPayment, UnappliedPayment] | None,
    *others: LedgerEntry | Write,
) -> Order | None:
    """Store order and payment, each before and after, with the ledger entries and other writes, in one transaction.

    An order without a change is left out. A changed payment changes its order too, so that a payment of the order that runs at
    the same time does not overlook it. The order is published if its state, what was refunded of it, or what its buyer keeps
    has changed.
    Raises: ConditionFailed (one of them changed since it was loaded, or an entry exists).
    """
    before, after = order
    buyer_id = before.entity.buyer_id if before else payment[0].entity.buyer_id if payment else ""
    writes: list[Write] = [append_entry(other, buyer_id) if isinstance(other, LedgerEntry) else other for other in others]
    if payment and payment[1] != payment[0].entity:
        writes.append(payment[0].write(ports, payment[1]))
        after = after.note_unapplied_payment(at=ports.clock()) if after else None
    if before and after and after != before.entity:
        writes += [before.write(ports, after, *_events_of(before.entity, after)), *spending_writes(before.entity, after)]
    apply(ports, *writes)
    return after


def _events_of(before: Order, after: Order) -> list[type[Event]]:
    receipt: list[type[Event]] = [ReceiptChanged] if has_receipt_changed(before, after) else []
    if after.state is not before.state:
        return [OrderChanged, *receipt]
    return [OrderPartlyRefunded, *receipt] if after.refunded != before.refunded else receipt
