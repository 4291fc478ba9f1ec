"""Disputes of orders: one reviewer proposes a ruling, and a reviewer of another identity ratifies or rejects it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.review.domain.content import Reviewer
from services.review.errors import (
    ConflictOfInterest,
    DisputeClosed,
    ProposalChanged,
    RulingAboveAmount,
    RulingAlreadyProposed,
    RulingNotProposed,
    SecondReviewerRequired,
)
from services.review.settings import settings
from services.shared.kernel.clock import millis, next_version
from services.shared.security.audit import AuditTrail, canonical_json


class RulingState(StrEnum):
    """ended: the buyer withdrew the dispute before reviewers ruled."""

    OPEN = "open"
    PROPOSED = "proposed"
    RULED = "ruled"
    ENDED = "ended"


CLOSED = frozenset({RulingState.RULED, RulingState.ENDED})


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a reviewer proposes. amount: what goes back to the buyer. note: why; buyer and seller read it."""

    amount: int
    note: str
    by: Reviewer
    at: datetime

    @property
    def id(self) -> str:
        """Identifies what a second reviewer read, so that a ratification applies to exactly that."""
        content = [self.amount, self.note, self.by.user_id, millis(self.at)]
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()[:16]

    def is_repeat_of(self, other: Ruling) -> bool:
        return (self.amount, self.note, self.by) == (other.amount, other.note, other.by)


@dataclass(frozen=True, slots=True)
class Dispute:
    """The dispute of a buyer about an order. Its texts are in commerce.

    amount: the most that a ruling can refund, in the minor unit. has_answer: whether the seller answered.
    source_version: of the last event about it. proposal: the ruling that waits for a second reviewer, or that was ratified.
    proposers: the reviewers who proposed a ruling that was rejected.
    escalated: it was not ruled on by `due_at`.
    due_at: when it should be ruled on; after its end, when its texts are erased; None after that.
    """

    id: str
    order_id: str
    circle_id: str
    buyer: str
    seller: str
    owner: str
    reason: str
    amount: int
    currency: str
    opened_at: datetime
    trail: AuditTrail
    source_version: int = 0
    version: int = 0
    has_answer: bool = False
    state: RulingState = RulingState.OPEN
    proposal: Ruling | None = None
    ratifier: Reviewer | None = None
    proposers: tuple[Reviewer, ...] = ()
    escalated: bool = False
    due_at: datetime | None = None

    @property
    def parties(self) -> frozenset[str]:
        """Buyer, seller and the owner of the circle, who earns a commission on the order."""
        return frozenset({self.buyer, self.seller, self.owner} - {""})

    @property
    def acted(self) -> tuple[Reviewer, ...]:
        """The reviewers who acted on the dispute before."""
        return (*self.proposers, *((self.proposal.by,) if self.proposal else ()))

    def apply(self, source_version: int, *, is_open: bool, has_answer: bool, at: datetime) -> Dispute:
        """Apply what commerce published. Unchanged if it is not newer. A ruling stays: commerce decides whether it applies."""
        if source_version <= self.source_version:
            return self
        version = next_version(self.version, at)
        after = replace(self, source_version=source_version, has_answer=has_answer, version=version)
        if is_open or self.state in CLOSED:
            return after
        return replace(after, state=RulingState.ENDED, proposal=None, due_at=at + settings().retention)

    def propose(self, ruling: Ruling, *, has_conflict: bool) -> Dispute:
        """Propose a ruling. Unchanged if the reviewer repeats it.

        Raises: ConflictOfInterest, DisputeClosed, RulingAlreadyProposed, RulingAboveAmount.
        """
        self._require_can_act(ruling.by, has_conflict)
        if self.proposal:
            if self.proposal.is_repeat_of(ruling):
                return self
            raise RulingAlreadyProposed
        if not 0 <= ruling.amount <= self.amount:
            raise RulingAboveAmount(amount=self.amount)
        after = self._log("ruling proposed", ruling.by.user_id, ruling.at, amount=ruling.amount, note=ruling.note)
        return replace(after, state=RulingState.PROPOSED, proposal=ruling)

    def ratify(self, by: Reviewer, proposal_id: str, *, has_conflict: bool, at: datetime) -> Dispute:
        """Put the proposed ruling into force, as a reviewer of another identity who read exactly this proposal.

        Unchanged if the reviewer repeats it.
        Raises: ConflictOfInterest, DisputeClosed, RulingNotProposed, ProposalChanged, SecondReviewerRequired.
        """
        if self.state is RulingState.RULED and self.ratifier == by and self.proposal and self.proposal.id == proposal_id:
            return self
        self._require_can_act(by, has_conflict)
        if self.proposal is None:
            raise RulingNotProposed
        if proposal_id != self.proposal.id:
            raise ProposalChanged
        if by.is_same_identity(self.proposal.by):
            raise SecondReviewerRequired
        after = self._log("ruling ratified", by.user_id, at, amount=self.proposal.amount, note=self.proposal.note)
        return replace(after, state=RulingState.RULED, ratifier=by, due_at=at + settings().retention)

    def reject(self, by: Reviewer, proposal_id: str, *, has_conflict: bool, at: datetime) -> Dispute:
        """Delete the proposed ruling. Any reviewer can, the proposer too. Unchanged if it is no longer proposed.

        Raises: ConflictOfInterest, DisputeClosed.
        """
        self._require_can_act(by, has_conflict)
        if self.proposal is None or self.proposal.id != proposal_id:
            return self
        after = self._log("ruling rejected", by.user_id, at, amount=self.proposal.amount, note=self.proposal.note)
        return replace(after, state=RulingState.OPEN, proposal=None, proposers=(*self.proposers, self.proposal.by))

    def escalate(self, *, at: datetime) -> Dispute:
        """Mark a dispute that is overdue, so that it is listed first. Unchanged if it is marked, closed or not due."""
        if self.escalated or self.state in CLOSED or self.due_at is None or at < self.due_at:
            return self
        return replace(self._log("escalated", "schedule", at), escalated=True)

    def erase(self, *, at: datetime) -> Dispute:
        """Delete the reason of the ruling some time after the end. Unchanged if it is not due.

        The audit chain stays valid: its entries are hashes with a salt, and the salt is deleted too.
        """
        if self.state not in CLOSED or self.due_at is None or at < self.due_at:
            return self
        proposal = replace(self.proposal, note="") if self.proposal else None
        trail = replace(self.trail, salt="")
        return replace(self, proposal=proposal, trail=trail, due_at=None, version=next_version(self.version, at))

    def _require_can_act(self, by: Reviewer, has_conflict: bool) -> None:
        if has_conflict or by.user_id in self.parties:
            raise ConflictOfInterest
        if self.state in CLOSED:
            raise DisputeClosed

    def _log(self, action: str, actor: str, at: datetime, **details: str | int) -> Dispute:
        trail = self.trail.extend(action, actor=actor, at=at, **details)
        return replace(self, trail=trail, version=next_version(self.version, at))
