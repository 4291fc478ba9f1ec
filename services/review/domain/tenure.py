"""A tenure: the time of an owner with a circle.

It is assessed once per term. One reviewer renews it. A probation starts, ends early and ends in a renewal or a removal only by
2 reviewers. `needs_second_reviewer` is the only place of this rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.review.domain.content import Reviewer
from services.review.domain.names_down import NO_NAMES_DOWN, NamesDown
from services.review.errors import (
    CircleClosed,
    CircleNameTakenDown,
    CircleReadOnly,
    ConflictOfInterest,
    OwnerNotOnProbation,
    ProbationNotEnded,
    SecondReviewerRequired,
    TenureEnded,
)
from services.review.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import default_number, derive_id
from services.shared.security.audit import AuditTrail
from services.shared.security.take_downs import TakeDown
from services.shared.security.violations import Violation

DEFAULT_CIRCLE_NAME = "圈子"  # with 4 digits: what all services show while the name of a circle is down


class TenureState(StrEnum):
    ACTIVE = "active"
    PROBATION = "probation"
    REMOVED = "removed"
    ENDED = "ended"  # the circle has closed


class AssessmentOutcome(StrEnum):
    RENEW = "renew"
    PROBATION = "probation"
    REMOVE = "remove"


STATE_AFTER = {
    AssessmentOutcome.RENEW: TenureState.ACTIVE,
    AssessmentOutcome.PROBATION: TenureState.PROBATION,
    AssessmentOutcome.REMOVE: TenureState.REMOVED,
}


def needs_second_reviewer(state: TenureState, outcome: AssessmentOutcome) -> bool:
    """Whether an outcome needs 2 reviewers: all but the renewal of a tenure without a probation, which 2 reviewers decided."""
    return outcome is not AssessmentOutcome.RENEW or state is TenureState.PROBATION


@dataclass(frozen=True, slots=True)
class Assessment:
    """The assessment of an owner by one reviewer."""

    outcome: AssessmentOutcome
    note: str
    by: Reviewer
    at: datetime


@dataclass(frozen=True, slots=True)
class Tenure:
    """The tenure of a circle's owner.

    due_at: when the next assessment is due.
    proposed: an assessment that a second reviewer must confirm.
    identity_hash: the identity behind the owner; "" if the owner is the applicant, or is not verified.
    previous_identity_hash: the same of the previous owner. former_owners: all users who owned the circle before.
    successor, successor_identity_hash: the approved candidate of a succession, until circles publishes the new owner.
    source_version: the circle's version in the event that last changed the owner.
    circle_version: the circle's version in the newest event. is_read_only, read_only_until: from that event.
    circle_name: as the owner chose it last. names_down: the names of the circle that reviewers took down.
    is_renamed: whether the name that the services show has changed since the seat was granted.
    """

    application_id: str
    owner: str
    circle_name: str
    due_at: datetime
    version: int
    trail: AuditTrail
    state: TenureState = TenureState.ACTIVE
    proposed: Assessment | None = None
    identity_hash: str = ""
    previous_identity_hash: str = ""
    successor: str = ""
    successor_identity_hash: str = ""
    source_version: int = 0
    former_owners: tuple[str, ...] = ()
    circle_version: int = 0
    is_read_only: bool = False
    read_only_until: datetime | None = None
    is_renamed: bool = False
    names_down: NamesDown = NO_NAMES_DOWN

    @property
    def circle_id(self) -> str:
        return derive_id("cir", self.application_id)

    @property
    def name_violation(self) -> Violation | None:
        """The rule that the circle's name breaks; None unless the name is down."""
        return self.names_down.find_violation(self.circle_name)

    @property
    def shown_name(self) -> str:
        """The name that all services show. A default one with 4 digits while the name is down."""
        return f"{DEFAULT_CIRCLE_NAME}{default_number(self.circle_id)}" if self.name_violation else self.circle_name

    def is_owner(self, user_id: str) -> bool:
        """Return whether a user owns the circle. An owner that was removed is an ordinary member."""
        return user_id == self.owner and self.state is not TenureState.REMOVED

    def assess(self, assessment: Assessment, *, has_conflict: bool) -> Tenure:
        """Take the outcome of one reviewer, or of 2 reviewers with the same outcome, as `needs_second_reviewer` says.

        has_conflict: the reviewer has a conflict of interest with the owner.

        Raises: TenureEnded, ConflictOfInterest, OwnerNotOnProbation, ProbationNotEnded, SecondReviewerRequired.
        """
        if self.state in (TenureState.REMOVED, TenureState.ENDED):
            raise TenureEnded
        if has_conflict or assessment.by.user_id == self.owner:
            raise ConflictOfInterest
        if assessment.outcome is AssessmentOutcome.REMOVE and self.state is not TenureState.PROBATION:
            raise OwnerNotOnProbation
        if assessment.outcome is AssessmentOutcome.REMOVE and assessment.at < self.due_at:
            raise ProbationNotEnded
        if not needs_second_reviewer(self.state, assessment.outcome):
            return self._conclude(assessment)
        if self.proposed is None or self.proposed.outcome is not assessment.outcome:
            return replace(self._log(f"proposed {assessment.outcome}", assessment), proposed=assessment)
        if self.proposed.by.is_same_identity(assessment.by):
            raise SecondReviewerRequired
        return self._conclude(assessment)

    def expect_successor(self, user_id: str, identity_hash: str) -> Tenure:
        """Store the approved candidate. Circles may have published the candidate as owner before: then add the identity."""
        if (self.successor, self.successor_identity_hash) == (user_id, identity_hash):
            return self
        is_owner = self.owner == user_id and not self.identity_hash
        step = replace(self, identity_hash=identity_hash) if is_owner else self
        return replace(step, successor=user_id, successor_identity_hash=identity_hash, version=self.version + 1)

    def change_owner(self, owner: str, source_version: int, *, at: datetime) -> Tenure:
        """Start the tenure of another owner. Unchanged if the event is not newer, or the circle has closed."""
        if self.owner == owner or source_version <= self.source_version or self.state is TenureState.ENDED:
            return self
        identity_hash = self.successor_identity_hash if owner == self.successor else ""
        former = (*(user_id for user_id in self.former_owners if user_id != self.owner), self.owner)
        after = replace(self, owner=owner, identity_hash=identity_hash, previous_identity_hash=self.identity_hash)
        after = replace(after, former_owners=former)
        after = replace(
            after, source_version=source_version, state=TenureState.ACTIVE, proposed=None, due_at=at + settings().tenure_term
        )
        return replace(after, version=next_version(self.version, at))

    def apply_circle_changed(
        self, source_version: int, read_only: bool, read_only_until: datetime | None, *, at: datetime
    ) -> Tenure:
        """Store whether the circle is read-only. Unchanged if the event is not newer, or the circle has closed."""
        if source_version <= self.circle_version or self.state is TenureState.ENDED:
            return self
        after = replace(self, circle_version=source_version, is_read_only=read_only, read_only_until=read_only_until)
        return replace(after, version=next_version(self.version, at))

    def rename_circle(self, name: str, *, at: datetime) -> Tenure:
        """Change the circle's name. Unchanged if it is the same.

        Raises: CircleClosed, CircleReadOnly, CircleNameTakenDown (also for a name that looks like one that is down).
        """
        if self.state is TenureState.ENDED:
            raise CircleClosed
        if self.is_read_only and (self.read_only_until is None or at < self.read_only_until):
            raise CircleReadOnly
        if self.names_down.find_violation(name):
            raise CircleNameTakenDown
        if name == self.circle_name:
            return self
        trail = self.trail.extend("renamed", actor=self.owner, at=at, before=self.circle_name, after=name)
        return replace(self, circle_name=name, is_renamed=True, trail=trail, version=next_version(self.version, at))

    def take_names_down(self, take_down: TakeDown, names: Iterable[str], *, at: datetime) -> Tenure:
        """Take the names of a case down, or end that.

        A name that the owner chose since stays, unless it looks like one of them: a rename and a take-down at once leave the
        same state in either order. The name stays reserved while it is down, and is shown again once no take-down has it.
        Unchanged if a newer take-down of the case is stored, or the circle has closed.
        """
        names_down = self.names_down if self.state is TenureState.ENDED else self.names_down.add(take_down, names)
        if names_down == self.names_down:
            return self
        after = replace(self, names_down=names_down, version=next_version(self.version, at))
        return replace(after, is_renamed=self.is_renamed or after.shown_name != self.shown_name)

    def end(self, *, at: datetime) -> Tenure:
        """End the tenure because the circle has closed, and delete the circle's names."""
        after = replace(self, state=TenureState.ENDED, circle_name="", names_down=NO_NAMES_DOWN, proposed=None)
        return replace(after, version=next_version(self.version, at))

    def _conclude(self, assessment: Assessment) -> Tenure:
        step = self._log(str(assessment.outcome), assessment)
        period = settings().tenure_term if assessment.outcome is AssessmentOutcome.RENEW else settings().tenure_probation
        return replace(step, state=STATE_AFTER[assessment.outcome], proposed=None, due_at=assessment.at + period)

    def _log(self, action: str, assessment: Assessment) -> Tenure:
        trail = self.trail.extend(action, actor=assessment.by.user_id, at=assessment.at, note=assessment.note)
        return replace(self, trail=trail, version=next_version(self.version, assessment.at))
