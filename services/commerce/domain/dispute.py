"""Disputes: a buyer asks the platform to rule on an order. The order is frozen until the dispute has ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.commerce.domain.money import Money
from services.commerce.errors import DisputeNotFound, DisputeStateConflict
from services.commerce.settings import settings
from services.shared.kernel.clock import next_version


class DisputeReason(StrEnum):
    NOT_RECEIVED = "not_received"
    NOT_AS_DESCRIBED = "not_as_described"
    RETURN_REJECTED = "return_rejected"


class DisputeState(StrEnum):
    OPEN = "open"
    WITHDRAWN = "withdrawn"
    RULED = "ruled"


@dataclass(frozen=True, slots=True)
class Dispute:
    """The request of a buyer that the platform rules on an order.

    amount: the total of the order without what was refunded when the dispute was opened; the most that a ruling can refund.
    statement: of the buyer. answer: of the seller, once. ruling: the reason of the reviewers, for both. The texts are erased
        some time after the end.
    refunded: what the ruling refunds, in the minor unit.
    due_at: when the schedule must erase the texts; None while the dispute is open, and once they are erased.
    """

    id: str
    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    owner_id: str
    amount: Money
    reason: DisputeReason
    statement: str
    created_at: datetime
    version: int
    state: DisputeState = DisputeState.OPEN
    answer: str = ""
    ruling: str = ""
    refunded: int = 0
    due_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state is DisputeState.OPEN

    @property
    def waits_for_seller(self) -> bool:
        """Whether the seller can still answer."""
        return self.is_open and not self.answer

    def answer_as(self, seller_id: str, text: str, *, at: datetime) -> Dispute:
        """Record the seller's answer, once. Unchanged if it is repeated.

        Raises: DisputeNotFound (another user than the seller), DisputeStateConflict (it has an answer, or has ended).
        """
        self._require_party(seller_id, self.seller_id)
        if self.answer == text:
            return self
        if self.answer:
            raise DisputeStateConflict(state=self.state)
        self._require_open()
        return replace(self, answer=text, version=next_version(self.version, at))

    def withdraw(self, buyer_id: str, *, at: datetime) -> Dispute:
        """End the dispute without a ruling, for the buyer. Unchanged if it is withdrawn.

        Raises: DisputeNotFound (another user than the buyer), DisputeStateConflict (reviewers have ruled).
        """
        self._require_party(buyer_id, self.buyer_id)
        return self if self.state is DisputeState.WITHDRAWN else self._end(DisputeState.WITHDRAWN, at)

    def rule(self, refunded: int, ruling: str, *, at: datetime) -> Dispute:
        """Record the ruling of two reviewers. Raises: DisputeStateConflict (the dispute has ended)."""
        return replace(self._end(DisputeState.RULED, at), refunded=refunded, ruling=ruling)

    def erase_texts(self, *, at: datetime) -> Dispute:
        """Delete what parties and reviewers wrote, once the dispute has ended. Unchanged if it is open or erased."""
        if self.is_open or self.due_at is None:
            return self
        erased = replace(self, statement="", answer="", ruling="", due_at=None)
        return replace(erased, version=next_version(self.version, at))

    def _end(self, state: DisputeState, at: datetime) -> Dispute:
        self._require_open()
        version = next_version(self.version, at)
        return replace(self, state=state, due_at=at + settings().statement_retention, version=version)

    def _require_open(self) -> None:
        if not self.is_open:
            raise DisputeStateConflict(state=self.state)

    def _require_party(self, user_id: str, party_id: str) -> None:
        if user_id != party_id:
            raise DisputeNotFound
