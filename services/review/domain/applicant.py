"""Eligibility to apply for a circle. The rules are about the verified person, not about the user who applies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.review.domain.application import Application
from services.review.domain.states import State
from services.review.errors import (
    ActiveDaysInsufficient,
    ApplicantNotAdult,
    ApplicantSanctioned,
    ApplicationAlreadyOpen,
    ApplicationLimitReached,
    CircleLimitReached,
    CoolDownActive,
    StrikeLimitReached,
)
from services.review.settings import settings
from services.shared.kernel.clock import rfc3339
from services.shared.security.account_status import SanctionLevel

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Profile:
    """What decides whether a person is eligible, over all users of the person.

    adult, active_days: from the verifier's statement.
    level: the highest sanction in force. strikes, circles: their number.
    """

    adult: bool
    active_days: int
    level: SanctionLevel
    strikes: int
    circles: int

    def require_adult_and_active(self) -> None:
        """Raises: ApplicantNotAdult, ActiveDaysInsufficient."""
        if not self.adult:
            raise ApplicantNotAdult
        if self.active_days < settings().min_active_days:
            raise ActiveDaysInsufficient(active_days=self.active_days, required_days=settings().min_active_days)

    def require_eligible(self) -> None:
        self.require_adult_and_active()
        self.require_can_own()

    def require_can_own(self) -> None:
        """Check what can change between the submission and the decision.

        Raises: ApplicantSanctioned, StrikeLimitReached, CircleLimitReached.
        """
        if self.level.includes(SanctionLevel.MUTED):
            raise ApplicantSanctioned
        if self.strikes > settings().max_strikes:
            raise StrikeLimitReached
        if self.circles >= settings().max_circles:
            raise CircleLimitReached(limit=settings().max_circles)


@dataclass(frozen=True, slots=True)
class Applicant:
    """The applications of one person, under all users of the person.

    open_application: the application in the person's one slot, or "". Submitting and appealing reserve the slot in their
        own transaction; it is released from the table stream, when the application was granted or has ended.
    open_version: the application's version when it reserved the slot.
    submitted: when the applications of the last year were submitted.
    cool_until: when the person can apply again after the rejection at `rejected_at`.
    granted: the applications whose circles the person owns.
    user_ids: the users under which the person was verified.
    """

    identity_hash: str
    open_application: str = ""
    open_version: int = 0
    submitted: tuple[datetime, ...] = ()
    cool_until: datetime | None = None
    rejected_at: datetime | None = None
    granted: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    version: int = 0

    def add_user(self, user_id: str) -> Applicant:
        if user_id in self.user_ids:
            return self
        return replace(self, user_ids=(*self.user_ids, user_id), version=self.version + 1)

    def reserve_slot(self, application: Application, others: Sequence[Applicant] = (), *, at: datetime) -> Applicant:
        """Make a submitted application the open one. Of two at once, the second raises.

        others: the same person under other identities.

        Raises: ApplicationAlreadyOpen, CoolDownActive, ApplicationLimitReached.
        """
        everyone = (self, *others)
        if any(one.open_application for one in everyone):
            raise ApplicationAlreadyOpen
        until = max((one.cool_until for one in everyone if one.cool_until), default=None)
        if until and at < until:
            raise CoolDownActive(until=rfc3339(until), retry_after=int((until - at).total_seconds()) + 1)
        if sum(len(one._recent(at)) for one in everyone) >= settings().max_applications_per_year:
            raise ApplicationLimitReached(limit=settings().max_applications_per_year)
        return replace(self._open(application), submitted=(*self._recent(at), at))

    def reserve_slot_for_appeal(self, application: Application, others: Sequence[Applicant] = ()) -> Applicant:
        """Make an appealed application the open one again. Cool-down and yearly limit do not apply.

        Raises: ApplicationAlreadyOpen (another application is open).
        """
        if any(one.open_application not in ("", application.id) for one in (self, *others)):
            raise ApplicationAlreadyOpen
        return self._open(application)

    def add_circle(self, application_id: str) -> Applicant:
        if application_id in self.granted:
            return self
        return replace(self, granted=(*self.granted, application_id), version=self.version + 1)

    def remove_circle(self, application_id: str) -> Applicant:
        if application_id not in self.granted:
            return self
        granted = tuple(other for other in self.granted if other != application_id)
        return replace(self, granted=granted, version=self.version + 1)

    def end_application(self, application: Application) -> Applicant:
        """Release the slot of an application that has ended, and count its circle or start its cool-down.

        Unchanged if it was called for this end before. An end arrives repeated, and after later changes of the person.
        """
        step = self._release_slot(application)
        rejections = [decision.at for decision in application.decisions if not decision.approves]
        if application.state is State.ACTIVE:
            step = step.add_circle(application.id)
            return step._cancel_cool_down(rejections[-1]) if rejections else step
        step = step.remove_circle(application.id)
        return step._cool_down(rejections[-1]) if application.state in (State.REJECTED, State.UPHELD) else step

    def _recent(self, at: datetime) -> tuple[datetime, ...]:
        return tuple(submitted_at for submitted_at in self.submitted if at - submitted_at < YEAR)

    def _open(self, application: Application) -> Applicant:
        return replace(self, open_application=application.id, open_version=application.version, version=self.version + 1)

    def _release_slot(self, application: Application) -> Applicant:
        # A rejection can be appealed before the stream delivers it: the slot is then the appeal's, with a higher version.
        if self.open_application != application.id or application.version < self.open_version:
            return self
        return replace(self, open_application="", open_version=0, version=self.version + 1)

    def _cool_down(self, rejected_at: datetime) -> Applicant:
        # The later one stays: the rejection of an earlier application can be delivered again.
        if self.rejected_at and self.rejected_at >= rejected_at:
            return self
        cool_until = rejected_at + settings().rejection_cool_down
        return replace(self, cool_until=cool_until, rejected_at=rejected_at, version=self.version + 1)

    def _cancel_cool_down(self, rejected_at: datetime) -> Applicant:
        # A granted appeal cancels the cool-down of its own rejection. That of another application stays.
        if self.rejected_at != rejected_at:
            return self
        return replace(self, cool_until=None, rejected_at=None, version=self.version + 1)
