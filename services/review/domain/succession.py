"""A circle that goes to somebody else: they accept under their real name, two reviewers agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.review.domain.content import Reviewer
from services.review.domain.states import APPROVALS_NEEDED
from services.review.errors import ConflictOfInterest, OfferExpired, SamePersonTwice, SuccessionWaits
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail


class SuccessionState(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Succession:
    """`person` is who the candidate is, by the verifier's word, once they have accepted; `due_at` is when the platform has
    to have decided; `told` is the version of the circle that last told of the offer."""

    id: str
    circle_id: str
    owner: str
    candidate: str
    kind: str
    ends_at: datetime
    told: int
    version: int
    trail: AuditTrail
    state: SuccessionState = SuccessionState.OFFERED
    person: str = ""
    approvals: tuple[Reviewer, ...] = ()
    note: str = ""
    due_at: datetime | None = None

    def accept(self, person: str, due_at: datetime, *, at: datetime) -> Succession:
        """Accepting what was accepted changes nothing."""
        if self.state is SuccessionState.ACCEPTED:
            return self
        if self.state is not SuccessionState.OFFERED or at >= self.ends_at:
            raise OfferExpired
        trail = self.trail.extend("accepted", actor=self.candidate, at=at, person=person)
        after = replace(self, state=SuccessionState.ACCEPTED, person=person, due_at=due_at, trail=trail)
        return replace(after, version=next_version(self.version, at))

    def judge(self, by: Reviewer, approves: bool, note: str, *, near: bool, at: datetime) -> Succession:
        """Two different people agree, or one refuses. Nobody decides who is near the owner or the candidate."""
        if near or by.user_id in (self.owner, self.candidate) or by.person == self.person:
            raise ConflictOfInterest
        if self.state is SuccessionState.OFFERED:
            raise SuccessionWaits
        if self.state is not SuccessionState.ACCEPTED:
            raise OfferExpired
        if any(by.is_same_as(one) for one in self.approvals):
            raise SamePersonTwice
        action = "approved" if approves else "refused"
        trail = self.trail.extend(action, actor=by.user_id, at=at, note=note)
        step = replace(self, trail=trail, note=note, version=next_version(self.version, at))
        if not approves:
            return replace(step, state=SuccessionState.REFUSED, due_at=None)
        step = replace(step, approvals=(*self.approvals, by))
        if len(step.approvals) < APPROVALS_NEEDED:
            return step
        return replace(step, state=SuccessionState.APPROVED, due_at=None)

    def withdraw(self, told: int, *, at: datetime) -> Succession:
        """The offer was taken back. What the platform has decided stays."""
        over = self.state in (SuccessionState.APPROVED, SuccessionState.REFUSED, SuccessionState.WITHDRAWN)
        state = self.state if over else SuccessionState.WITHDRAWN
        return replace(self, state=state, told=told, due_at=None, version=next_version(self.version, at))
