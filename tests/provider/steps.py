"""Orders to pay, and what the tests ask of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.commerce.adapters.payments import PaymentPage, PaymentPart
from services.commerce.domain.money import Money
from tests.provider.harness import Harness

A, B, C = (f"buyer/ord_{name}" for name in "ABC")


def yuan(fen: int) -> Money:
    return Money(fen, "CNY")


def part(reference: str, fen: int = 10_000) -> PaymentPart:
    return PaymentPart(reference, yuan(fen))


def paid(at: Harness, *references: str, fen: int = 10_000) -> PaymentPage:
    """Return a page of these references, which is paid."""
    page = at.provider.start([part(reference, fen) for reference in references])
    at.pay(page)
    return page


def events(at: Harness, count: int) -> list[dict[str, Any]]:
    """Return the events in the order in which they happened."""
    received = [delivery.event for delivery in at.receive(count)]
    assert len(received) == count
    return sorted(received, key=lambda event: (event["created_at"], event["event_id"]))


def shown(found: Sequence[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """Return these fields of events, sorted."""
    return sorted(tuple(event.get(name) for name in names) for event in found)
