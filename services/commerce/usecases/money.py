"""What the handlers of the provider's events have in common: the event, the loaded state, and the one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.commerce.domain import LedgerEntry, Order
from services.commerce.domain.money import Money
from services.commerce.domain.payment import UnappliedPayment
from services.commerce.repository.ledger import append_entry
from services.commerce.repository.orders import find_loaded_order
from services.commerce.repository.payments import load_payment_or
from services.commerce.usecases.ports import Ports
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.messaging.events import OrderChanged
from services.shared.table.port import Write
from services.shared.table.versioned import Versioned, apply


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event at the provider.

    reference: what we gave it when the payment started, `<buyer>/<order>`.
    captured_at: when the provider captured the payment; only a capture has it.
    refund_id: the provider's refund. refund_reference: what we gave it with the refund; empty if we did not request it.
    """

    type: str
    payment_id: str
    reference: str
    amount: Money
    captured_at: datetime | None = None
    refund_id: str = ""
    refund_reference: str = ""

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

    def require_refund(self, field: str) -> None:
        """Require `refund_id` or `refund_reference`. Raises: Invalid."""
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


def store(
    ports: Ports,
    order: tuple[LoadedOrder, Order | None],
    payment: tuple[LoadedPayment, UnappliedPayment] | None,
    *others: LedgerEntry | Write,
) -> Order | None:
    """Store order and payment, each before and after, with the ledger entries and other writes, in one transaction.

    An order without a change is left out. A changed payment changes its order too, so that a payment of the order that runs at
    the same time does not overlook it. The order is published if its state has changed.
    Raises: ConditionFailed (one of them changed since it was loaded, or an entry exists).
    """
    before, after = order
    buyer_id = before.entity.buyer_id if before else payment[0].entity.buyer_id if payment else ""
    writes: list[Write] = [append_entry(other, buyer_id) if isinstance(other, LedgerEntry) else other for other in others]
    if payment and payment[1] != payment[0].entity:
        writes.append(payment[0].write(ports, payment[1]))
        after = after.note_unapplied_payment(at=ports.clock()) if after else None
    if before and after and after != before.entity:
        events = [OrderChanged] if after.state is not before.entity.state else []
        writes.append(before.write(ports, after, *events))
    apply(ports, *writes)
    return after
