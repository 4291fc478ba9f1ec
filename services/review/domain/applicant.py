"""Who may apply: rules about the human behind the accounts, each with a refusal of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.review.errors import (
    ApplicationOpen,
    CoolingDown,
    NotAdult,
    TooFewActiveDays,
    TooManyApplications,
    TooManyCircles,
    TooManyStrikes,
    UnderSanction,
)
from services.shared.kernel.clock import rfc3339
from services.shared.security.account_status import SanctionLevel

COOL_DOWN = timedelta(days=30)
YEAR = timedelta(days=365)
MAX_A_YEAR = 6
MAX_CIRCLES = 3
MIN_ACTIVE_DAYS = 30
MAX_STRIKES = 2


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of an applicant at submission: age and activity by the verifier, sanctions and circles by us."""

    adult: bool
    active_days: int
    level: SanctionLevel
    strikes: int
    circles: int

    def require_fit(self) -> None:
        """What must also hold of an revision that comes after submission."""
        if not self.adult:
            raise NotAdult
        if self.active_days < MIN_ACTIVE_DAYS:
            raise TooFewActiveDays(f"{self.active_days} of {MIN_ACTIVE_DAYS} days.")

    def require_eligible(self) -> None:
        self.require_fit()
        self.require_clear()

    def require_clear(self) -> None:
        """What we know ourselves, and may have changed since they came."""
        if self.level.includes(SanctionLevel.MUTED):
            raise UnderSanction
        if self.strikes > MAX_STRIKES:
            raise TooManyStrikes
        if self.circles >= MAX_CIRCLES:
            raise TooManyCircles


@dataclass(frozen=True, slots=True)
class Applicant:
    """A human by their real name's digest, whatever the account: one open application, a cool-down after a rejection, a cap
    a year; `granted` are applications whose circles they own, `accounts` those they have shown themselves under."""

    person: str
    open: str = ""
    submitted: tuple[datetime, ...] = ()
    cool_until: datetime | None = None
    granted: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    version: int = 0

    def seen_as(self, account: str) -> Applicant:
        if account in self.accounts:
            return self
        return replace(self, accounts=(*self.accounts, account), version=self.version + 1)

    def reopen(self, application_id: str) -> Applicant:
        """An appeal makes it the open application once more: no cool-down and no cap stand in its way."""
        if self.open not in ("", application_id):
            raise ApplicationOpen
        return replace(self, open=application_id, version=self.version + 1)

    def take_slot(self, application_id: str, *, at: datetime) -> Applicant:
        """Make this the open application: of two at once, one is."""
        if self.open:
            raise ApplicationOpen
        if self.cool_until and at < self.cool_until:
            raise CoolingDown(f"Until {rfc3339(self.cool_until)}.", retry_after=int((self.cool_until - at).total_seconds()) + 1)
        recent = tuple(one for one in self.submitted if at - one < YEAR)
        if len(recent) >= MAX_A_YEAR:
            raise TooManyApplications
        return replace(self, open=application_id, submitted=(*recent, at), version=self.version + 1)

    def give_up(self, application_id: str) -> Applicant:
        """A circle of theirs went to somebody else."""
        if application_id not in self.granted:
            return self
        kept = tuple(one for one in self.granted if one != application_id)
        return replace(self, granted=kept, version=self.version + 1)

    def take_on(self, application_id: str) -> Applicant:
        """A circle came to them that was granted to somebody else."""
        if application_id in self.granted:
            return self
        return replace(self, granted=(*self.granted, application_id), version=self.version + 1)

    def end(self, application_id: str, *, granted: bool, cool_from: datetime | None) -> Applicant:
        """An application has come to its end; told twice, the same state. A seat counts as a circle, a rejection begins
        the cool-down."""
        kept = tuple(one for one in self.granted if one != application_id)
        after = replace(
            self,
            open="" if self.open == application_id else self.open,
            granted=(*kept, application_id) if granted else kept,
            cool_until=None if granted else cool_from + COOL_DOWN if cool_from else self.cool_until,
        )
        return self if after == self else replace(after, version=self.version + 1)
