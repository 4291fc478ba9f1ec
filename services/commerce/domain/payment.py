"""Payments that no order keeps: the provider captured them, and the money goes back to the buyer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.commerce.domain.money import Money
from services.commerce.settings import settings
from services.shared.kernel.clock import next_version


@dataclass(frozen=True, slots=True)
class UnappliedPayment:
    """What the provider holds of one payment beyond what its order keeps, in one currency.

    It is a second payment of an order, one of another amount or currency, one that came too late, or one of an unknown order.

    circle_id: of the order; empty if commerce does not know the order.
    captured, refunded: the sums that the provider has reported. More refunded than captured means that the provider reported
        a refund before its capture, or more refunds than captures.
    charged_back: what chargebacks hold that are open; one that was lost counts as refunded.
    requested: the amount of the refund that is requested until the provider reports it; 0 if none is.
    request_number: how many different refunds were requested; a repeated request has the number of the first.
    unbalanced_since: since when captured and refunded differ.
    due_at: when the schedule must act next; None if it never must.
    is_reported: whether reviewers have a case of it.
    """

    payment_id: str
    buyer_id: str
    order_id: str
    circle_id: str
    currency: str
    version: int = 0
    captured: int = 0
    refunded: int = 0
    requested: int = 0
    request_number: int = 0
    unbalanced_since: datetime | None = None
    due_at: datetime | None = None
    is_reported: bool = False
    charged_back: int = 0

    @property
    def balance(self) -> int:
        """What must go back to the buyer. Negative while more is refunded or charged back than captured."""
        return self.captured - self.refunded - self.charged_back

    @property
    def is_returned(self) -> bool:
        """Whether all that was captured is back at the buyer for good."""
        return self.refunded >= self.captured

    @property
    def ahead(self) -> tuple[int, int]:
        """What was refunded, and what was charged back, beyond the captures."""
        sum_ahead = max(-self.balance, 0)
        refunded = min(sum_ahead, self.refunded)
        return refunded, sum_ahead - refunded

    @property
    def refund_request(self) -> Money:
        return Money(self.requested, self.currency)

    @property
    def refund_reference(self) -> str:
        """What the provider gets with the refund request: its idempotency key, which the refund's events repeat."""
        return f"{self.payment_id}.{self.currency}.{self.request_number}"

    def is_due(self, now: datetime) -> bool:
        """Whether the schedule must act. The due index can be behind, so it must not rely on it."""
        return self.due_at is not None and now >= self.due_at

    def capture(self, amount: int, *, at: datetime) -> UnappliedPayment:
        return replace(self, captured=self.captured + amount)._settle(at)

    def refund(self, amount: int, reference: str, *, at: datetime) -> UnappliedPayment:
        """Record a refund. reference: of our request; empty for a refund that was made at the provider."""
        is_requested = self.requested and reference == self.refund_reference
        after = replace(self, refunded=self.refunded + amount, requested=0 if is_requested else self.requested)
        return after._settle(at)

    def charge_back(self, amount: int, *, at: datetime) -> UnappliedPayment:
        return replace(self, charged_back=self.charged_back + amount)._settle(at)

    def win_chargeback(self, amount: int, *, at: datetime) -> UnappliedPayment:
        return replace(self, charged_back=self.charged_back - amount)._settle(at)

    def lose_chargeback(self, amount: int, *, at: datetime) -> UnappliedPayment:
        """Record a chargeback that stays with the buyer, as a refund does."""
        return replace(self, charged_back=self.charged_back - amount, refunded=self.refunded + amount)._settle(at)

    def give_to_order(self, refunded: int, charged_back: int, *, at: datetime) -> UnappliedPayment:
        """Take out what was reported before its capture, since the order that was captured bears it."""
        rest = replace(self, refunded=self.refunded - refunded, charged_back=self.charged_back - charged_back)
        return rest._settle(at)

    def fail_refund(self, reference: str, *, at: datetime) -> UnappliedPayment:
        """Record that the provider could not refund. A new request follows after a pause.

        Unchanged if another request is open: a repeated event does not request a second refund.
        """
        if not self.requested or reference != self.refund_reference:
            return self
        due_at = at + settings().refund_retry_interval
        after = replace(self, request_number=self.request_number + 1, requested=self.balance, due_at=due_at)
        return replace(after, version=next_version(self.version, at))

    def schedule_retry(self, *, at: datetime) -> UnappliedPayment:
        """Set when the schedule acts again: it repeats a request until the provider reports the refund.

        A payment that is unbalanced for too long is reported, once.
        """
        is_overdue = self.unbalanced_since is not None and at >= self.unbalanced_since + settings().refund_case_after
        due_at = at + settings().refund_retry_interval if self.requested else None
        if not self.requested and not is_overdue:
            due_at = self.due_at
        is_reported = self.is_reported or is_overdue
        return replace(self, due_at=due_at, is_reported=is_reported, version=next_version(self.version, at))

    def _settle(self, at: datetime) -> UnappliedPayment:
        """Request what must go back, if no request of at most that is open."""
        after = replace(self, version=next_version(self.version, at))
        if self.balance == 0:
            return replace(after, requested=0, unbalanced_since=None, due_at=None, is_reported=False)
        after = replace(after, unbalanced_since=self.unbalanced_since or at)
        if self.balance < 0:
            return replace(after, requested=0, due_at=None if self.is_reported else at + settings().refund_case_after)
        if 0 < self.requested <= self.balance:
            return after
        return replace(after, requested=self.balance, request_number=self.request_number + 1, due_at=at)
