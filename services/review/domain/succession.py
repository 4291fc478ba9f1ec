"""A succession: the offer of a circle to a candidate. The candidate accepts under their real name, and 2 reviewers approve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.review.domain.content import Reviewer
from services.review.errors import ConflictOfInterest, OfferNotOpen, SecondReviewerRequired, SuccessionNotAccepted
from services.review.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail


class SuccessionState(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Succession:
    """The offer of a circle to a candidate.

    expires_at: until when the candidate can accept.
    source_version: the circle's version in the last event about the offer.
    identity_hash: the identity behind the candidate, once the offer is accepted.
    due_at: when the reviewers must have decided.
    """

    id: str
    circle_id: str
    owner: str
    candidate: str
    kind: str
    expires_at: datetime
    source_version: int
    version: int
    trail: AuditTrail
    state: SuccessionState = SuccessionState.OFFERED
    identity_hash: str = ""
    approvals: tuple[Reviewer, ...] = ()
    note: str = ""
    due_at: datetime | None = None

    def accept(self, identity_hash: str, due_at: datetime, *, at: datetime) -> Succession:
        """Accept the offer. Unchanged if it is accepted already. Raises: OfferNotOpen."""
        if self.state is SuccessionState.ACCEPTED:
            return self
        if self.state is not SuccessionState.OFFERED or at >= self.expires_at:
            raise OfferNotOpen
        trail = self.trail.extend("accepted", actor=self.candidate, at=at, identity_hash=identity_hash)
        after = replace(self, state=SuccessionState.ACCEPTED, identity_hash=identity_hash, due_at=due_at, trail=trail)
        return replace(after, version=next_version(self.version, at))

    def decide(self, by: Reviewer, approves: bool, note: str, *, has_conflict: bool, at: datetime) -> Succession:
        """Approve as one of 2 identities, or reject.

        has_conflict: the reviewer has a conflict of interest with the owner or the candidate.

        Raises: ConflictOfInterest, SuccessionNotAccepted, OfferNotOpen, SecondReviewerRequired.
        """
        if has_conflict or by.user_id in (self.owner, self.candidate) or by.identity_hash == self.identity_hash:
            raise ConflictOfInterest
        if self.state is SuccessionState.OFFERED:
            raise SuccessionNotAccepted
        if self.state is not SuccessionState.ACCEPTED:
            raise OfferNotOpen
        if any(by.is_same_identity(approver) for approver in self.approvals):
            raise SecondReviewerRequired
        action = "approved" if approves else "rejected"
        trail = self.trail.extend(action, actor=by.user_id, at=at, note=note)
        step = replace(self, trail=trail, note=note, version=next_version(self.version, at))
        if not approves:
            return replace(step, state=SuccessionState.REJECTED, due_at=None)
        step = replace(step, approvals=(*self.approvals, by))
        if len(step.approvals) < settings().approvals_needed:
            return step
        return replace(step, state=SuccessionState.APPROVED, due_at=None)

    def withdraw(self, source_version: int, *, at: datetime) -> Succession:
        """Withdraw the offer. A decision of the reviewers stays as it is."""
        decided = (SuccessionState.APPROVED, SuccessionState.REJECTED, SuccessionState.WITHDRAWN)
        state = self.state if self.state in decided else SuccessionState.WITHDRAWN
        version = next_version(self.version, at)
        return replace(self, state=state, source_version=source_version, due_at=None, version=version)
