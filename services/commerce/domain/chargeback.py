"""Chargebacks: the buyer's bank takes a payment back, and decides later whether we get it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.commerce.domain.money import Money
from services.shared.kernel.clock import next_version


class ChargebackState(StrEnum):
    """`open`: the provider has paid the money back. `won`: we have it again. `lost`: it stays with the buyer."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Chargeback:
    """One chargeback of a payment, by the provider's id.

    circle_id, seller_id: of the order; empty if commerce does not know it.
    """

    id: str
    payment_id: str
    buyer_id: str
    order_id: str
    circle_id: str
    seller_id: str
    amount: Money
    version: int = 0
    state: ChargebackState = ChargebackState.OPEN

    @property
    def is_new(self) -> bool:
        return self.version == 0

    def awaits(self, state: ChargebackState) -> bool:
        """Whether an event of this state changes it: the first one, and the decision of an open one."""
        return self.is_new or (self.state is ChargebackState.OPEN and state is not ChargebackState.OPEN)

    def enter(self, state: ChargebackState, *, at: datetime) -> Chargeback:
        return replace(self, state=state, version=next_version(self.version, at))
