"""An owner's time in office: looked at twice a year, on probation for a month, removed only by two people and only then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.review.domain.content import Reviewer
from services.review.errors import ConflictOfInterest, NotOnProbation, ProbationRunning, SamePersonTwice, TenureEnded
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail

TERM = timedelta(days=180)
PROBATION = timedelta(days=30)


class TenureState(StrEnum):
    GOOD = "good"
    PROBATION = "probation"
    REMOVED = "removed"
    ENDED = "ended"  # the circle has closed


class Outcome(StrEnum):
    RENEW = "renew"
    PROBATION = "probation"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one reviewer finds of an owner's time, and why."""

    outcome: Outcome
    note: str
    by: Reviewer
    at: datetime


@dataclass(frozen=True, slots=True)
class Tenure:
    """`due_at` is when it is to be looked at next; `proposed` waits for a second person. `person` is who the
    owner is, where it is not the applicant any more."""

    application_id: str
    owner: str
    circle_name: str
    due_at: datetime
    version: int
    trail: AuditTrail
    state: TenureState = TenureState.GOOD
    proposed: Assessment | None = None
    person: str = ""
    predecessor: str = ""
    heir: str = ""
    heir_person: str = ""
    told: int = 0

    def assess(self, assessment: Assessment, *, near: bool) -> Tenure:
        """Renewing takes one person; probation and removal two, who find the same. Removal comes after a probation that
        has run its time. Nobody `near` the owner takes part."""
        if self.state in (TenureState.REMOVED, TenureState.ENDED):
            raise TenureEnded
        if near or assessment.by.user_id == self.owner:
            raise ConflictOfInterest
        if assessment.outcome is Outcome.REMOVE and self.state is not TenureState.PROBATION:
            raise NotOnProbation
        if assessment.outcome is Outcome.REMOVE and assessment.at < self.due_at:
            raise ProbationRunning
        if assessment.outcome is Outcome.RENEW:
            return self._settle(assessment, TenureState.GOOD, TERM)
        if self.proposed is None or self.proposed.outcome is not assessment.outcome:
            return replace(self._log(f"proposed {assessment.outcome}", assessment), proposed=assessment)
        if self.proposed.by.is_same_as(assessment.by):
            raise SamePersonTwice
        after = TenureState.REMOVED if assessment.outcome is Outcome.REMOVE else TenureState.PROBATION
        return self._settle(assessment, after, PROBATION)

    def expect(self, heir: str, person: str) -> Tenure:
        """Who may be in office soon, and who that is; where circles has told of it already, who that is alone is news."""
        if (self.heir, self.heir_person) == (heir, person):
            return self
        known = replace(self, person=person) if self.owner == heir and not self.person else self
        return replace(known, heir=heir, heir_person=person, version=self.version + 1)

    def pass_on(self, owner: str, told: int, *, at: datetime) -> Tenure:
        """Another owner's time begins, as circles tells with the circle's version; what is older changes nothing."""
        if self.owner == owner or told <= self.told or self.state is TenureState.ENDED:
            return self
        person = self.heir_person if owner == self.heir else ""
        after = replace(self, predecessor=self.person, owner=owner, person=person, told=told)
        after = replace(after, state=TenureState.GOOD, proposed=None, due_at=at + TERM)
        return replace(after, version=next_version(self.version, at))

    def end(self, *, at: datetime) -> Tenure:
        """The circle has closed."""
        return replace(self, state=TenureState.ENDED, proposed=None, version=next_version(self.version, at))

    def _settle(self, assessment: Assessment, state: TenureState, until: timedelta) -> Tenure:
        step = self._log(str(assessment.outcome), assessment)
        return replace(step, state=state, proposed=None, due_at=assessment.at + until)

    def _log(self, action: str, assessment: Assessment) -> Tenure:
        trail = self.trail.extend(action, actor=assessment.by.user_id, at=assessment.at, note=assessment.note)
        return replace(self, trail=trail, version=next_version(self.version, assessment.at))
