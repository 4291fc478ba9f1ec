"""The clock, the sockets and the payment provider of a course: they differ, lose, and report late."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.commerce.adapters.payments import Payment
from services.commerce.domain.money import Money
from simulation.clock import FakeClock
from simulation.payments import FakePayments
from simulation.soak.faults import SoakFaults, StepFault
from simulation.sockets import FakeSockets

ROOM_FRAMES = ("message", "pinned", "unpinned")


class SkewedClock(FakeClock):
    """The clock of the function that runs now. skew: how far it is ahead of the time of the course."""

    skew = timedelta(0)

    def __call__(self) -> datetime:
        return self.now + self.skew


class SoakSockets(FakeSockets):
    """Connections that can be disconnected or silent. on_push: is called for each frame of a room that arrives."""

    def __init__(self, faults: SoakFaults, on_push: Callable[[str, dict[str, Any]], None]) -> None:
        super().__init__()
        self._faults, self._on_push = faults, on_push

    def post_all(self, connection_ids: Iterable[str], frame: dict[str, Any]) -> set[str]:
        wanted = sorted(connection_ids)
        is_push = frame["type"] in ROOM_FRAMES
        fault = self._faults.socket_fault() if is_push and wanted else None
        if fault is StepFault.SOCKET_SILENT:
            return set()
        if fault is StepFault.SOCKET_DISCONNECTED:
            self.disconnected.add(wanted[0])
        for connection_id in wanted:
            if is_push and connection_id not in self.disconnected and connection_id not in self.closed:
                self._on_push(connection_id, frame)
        return set(wanted) & self.disconnected


@dataclass(frozen=True)
class Webhook:
    """An event of the provider that waits for its delivery.

    captured_at: when a payment was captured. refund: the provider's refund and our reference of it, empty if we requested none.
    """

    type: str
    payment_id: str
    reference: str
    amount: int
    captured_at: datetime | None = None
    refund: tuple[str, str] = ("", "")


class SoakPayments(FakePayments):
    """A provider whose webhooks wait until a step delivers them.

    captures: the amount of each captured payment, and its reference. refunds: the amount of each refund.
    waiting: the webhooks that were not delivered yet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.captures: dict[str, tuple[int, str]] = {}
        self.refunds: dict[str, int] = {}
        self.waiting: list[Webhook] = []

    def complete(self, reference: str, at: datetime) -> bool:
        """Complete a started payment at the provider's page, as its buyer; return whether it was not complete before."""
        payment, amount = self.started[reference]
        if payment.id in self.captures:
            return False
        self._capture(payment.id, reference, amount.amount, at)
        return True

    def pay_again(self, reference: str, amount: int, at: datetime) -> None:
        """Capture another payment of the same order, as a buyer who pays twice."""
        payment_id = f"{self.started[reference][0].id}again{len(self.captures)}"
        self.capture(payment_id, Money(amount, "CNY"))
        self._capture(payment_id, reference, amount, at)

    def _capture(self, payment_id: str, reference: str, amount: int, at: datetime) -> None:
        self.captures[payment_id] = amount, reference
        self.waiting.append(Webhook("payment.captured", payment_id, reference, amount, at))

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        is_new = reference not in self.refunded
        super().refund(payment_id, amount, reference)
        if is_new:
            self._report_refund(payment_id, amount.amount, reference)

    def refund_at_provider(self, payment_id: str, part: float) -> None:
        """Refund a part of what is left of a payment at the provider's own page."""
        captured = self.captures[payment_id][0]
        amount = int((captured - self.get_refunded(payment_id, "CNY")) * part)
        if amount:
            super().refund(payment_id, Money(amount, "CNY"), f"page{len(self.refunds)}")
            self._report_refund(payment_id, amount, "")

    def _report_refund(self, payment_id: str, amount: int, reference: str) -> None:
        refund_id = f"rfd_{len(self.refunds)}"
        self.refunds[refund_id] = amount
        of_order = self.captures[payment_id][1]
        self.waiting.append(Webhook("refund.succeeded", payment_id, of_order, amount, refund=(refund_id, reference)))

    def references(self) -> list[str]:
        return list(self.started)

    def payment_of(self, reference: str) -> Payment:
        return self.started[reference][0]
