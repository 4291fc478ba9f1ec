"""The clock, the sockets and the payment provider of a course: they differ, lose, and report late."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.commerce.adapters.payments import Payment
from services.commerce.domain.money import Money
from services.shared.kernel.clock import rfc3339
from services.shared.pictures.clean import CleanPicture, PictureInvalid
from simulation.clock import FakeClock
from simulation.payments import FakePayments
from simulation.soak.faults import SoakFaults, StepFault
from simulation.sockets import FakeSockets

ROOM_FRAMES = (
    *("messages", "pinned", "unpinned", "edited", "recalled", "removed", "taken_down", "restored"),
    *("reactions", "room_changed"),
)


def clean(data: bytes, type: str) -> CleanPicture:
    """Return a picture and its thumbnail without an imaging library; one of eight uploads is no picture.

    Raises: PictureInvalid.
    """
    if zlib.crc32(data) % 8 == 0:
        raise PictureInvalid("wrong_type")
    return CleanPicture(data, data[:4], 96, 64)


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

    def post_all(self, frames: Mapping[str, dict[str, Any]]) -> set[str]:
        wanted = sorted(frames)
        is_push = any(frame["type"] in ROOM_FRAMES for frame in frames.values())
        fault = self._faults.socket_fault() if is_push else None
        if fault is StepFault.SOCKET_SILENT:
            return set()
        if fault is StepFault.SOCKET_DISCONNECTED:
            self.disconnected.add(wanted[0])
        for connection_id in wanted:
            if is_push and connection_id not in self.disconnected and connection_id not in self.closed:
                self._on_push(connection_id, frames[connection_id])
        return set(wanted) & self.disconnected


@dataclass(frozen=True)
class Webhook:
    """An event of the provider that waits for its delivery."""

    type: str
    payment_id: str
    reference: str
    amount: int
    captured_at: str = ""
    refund_id: str = ""
    refund_reference: str = ""
    chargeback_id: str = ""


class SoakPayments(FakePayments):
    """A provider whose webhooks wait until a step delivers them. waiting: those that were not delivered yet."""

    def __init__(self) -> None:
        super().__init__(assumes_captured=False)
        self.waiting: list[Webhook] = []

    def complete(self, reference: str, at: datetime, again: int = 0) -> bool:
        """Complete a payment at the provider's page, as its buyer; return whether it was not complete before.

        again: the number of another payment of the same order, of 1 fen more for each second one; 0 for the started one.
        """
        started, total = self.started[reference]
        payment_id = f"{started.id}_{again}" if again else started.id
        if self.captured[payment_id, total.currency]:
            return False
        amount = Money(total.amount + again % 2, total.currency)
        self.capture(payment_id, amount)
        self._send("payment.captured", payment_id, reference, amount, captured_at=rfc3339(at))
        return True

    def refund_at_the_provider(self, payment_id: str, part: int) -> int:
        """Refund a part of what is left of a payment, as an operator does at the provider; return the amount."""
        amount = self.get_left(payment_id, "CNY") // part
        if amount:
            self.refund_at_dashboard(payment_id, Money(amount, "CNY"))
        return amount

    def open_chargeback_of_part(self, payment_id: str, part: int) -> int:
        """Charge back a part of what is left of a payment, as the buyer's bank does; return the amount."""
        amount = self.get_left(payment_id, "CNY") // part
        if amount:
            self.open_chargeback(payment_id, Money(amount, "CNY"))
        return amount

    def _send(self, type: str, payment_id: str, reference: str, amount: Money, **more: str) -> None:
        self.waiting.append(Webhook(type, payment_id, reference, amount.amount, **more))

    def references(self) -> list[str]:
        return list(self.started)

    def payment_of(self, reference: str) -> Payment:
        return self.started[reference][0]
