"""A suspected order: what the detector of wash trade does to it, and what the decision of a reviewer does.

The detector holds the owner's commission and nothing else. Buyer, seller and order go on as before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from services.commerce.domain.party import Payee
from services.shared.kernel.clock import next_version

if TYPE_CHECKING:
    from services.commerce.domain.order import Order


class SuspicionState(StrEnum):
    """suspected: a reviewer must decide. genuine, fake: a reviewer decided."""

    SUSPECTED = "suspected"
    GENUINE = "genuine"
    FAKE = "fake"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """signals: why the order is suspected, as names of the detector's signals, sorted."""

    state: SuspicionState
    signals: tuple[str, ...]


def suspect(order: Order, signals: Iterable[str], *, at: datetime) -> Order:
    """Mark an order as suspected. Unchanged if it is marked, or if a reviewer decided about it."""
    if order.suspicion:
        return order
    suspicion = Suspicion(SuspicionState.SUSPECTED, tuple(sorted(signals)))
    return replace(order, suspicion=suspicion, version=next_version(order.version, at))


def decide_suspicion(order: Order, *, is_fake: bool, at: datetime) -> Order:
    """Apply the decision of a reviewer. A fake order has no commission, as a purchase from oneself: the seller gets it.

    A commission that was only held becomes due at once, or at the end of the return window.
    Unchanged if the order is not suspected, or if a reviewer decided about it.
    """
    if order.suspicion is None or order.suspicion.state is not SuspicionState.SUSPECTED:
        return order
    state = SuspicionState.FAKE if is_fake else SuspicionState.GENUINE
    after = replace(order, suspicion=replace(order.suspicion, state=state), version=next_version(order.version, at))
    if order.due_at and order.unpaid == {Payee.OWNER}:  # it waits for the decision, or for the return window
        after = replace(after, due_at=min(order.due_at, max(at, order.returnable_until or at)))
    return replace(after, owner_share=0, unpaid=order.unpaid - {Payee.OWNER}) if is_fake else after
