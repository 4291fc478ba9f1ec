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
    """An event of the provider that waits for its delivery."""

    type: str
    payment_id: str
    reference: str
    amount: int


class SoakPayments(FakePayments):
    """A provider whose webhooks wait until a step delivers them.

    captured: the amount of each payment that a buyer completed. waiting: the webhooks that were not delivered yet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.captured: dict[str, int] = {}
        self.waiting: list[Webhook] = []

    def complete(self, reference: str) -> bool:
        """Complete a started payment at the provider's page, as its buyer; return whether it was not complete before."""
        payment, amount = self.started[reference]
        if payment.id in self.captured:
            return False
        self.captured[payment.id] = amount.amount
        self.waiting.append(Webhook("payment.captured", payment.id, reference, amount.amount))
        return True

    def refund(self, payment_id: str, amount: Money) -> None:
        assert self.captured.get(payment_id) == amount.amount, "a refund of what was not captured"
        is_new = payment_id not in self.refunded
        super().refund(payment_id, amount)
        if is_new:
            reference = next(reference for reference, (payment, _) in self.started.items() if payment.id == payment_id)
            self.waiting.append(Webhook("refund.succeeded", payment_id, reference, amount.amount))

    def references(self) -> list[str]:
        return list(self.started)

    def payment_of(self, reference: str) -> Payment:
        return self.started[reference][0]
