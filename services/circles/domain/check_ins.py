"""The days on which a member checks in, their streaks, and make-up cards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from services.circles.domain.days import DAY, member_day
from services.circles.errors import MakeUpCardUsed, MakeUpDayNotEligible
from services.circles.settings import settings
from services.shared.kernel.clock import next_version


@dataclass(frozen=True, slots=True)
class CheckIns:
    """The check-ins of one member in one circle, as runs of consecutive days.

    first, last: the current run. previous_run: the run before it, so that a make-up day can join the two.
    best: days of the longest run. card_month: the month whose make-up card is used, as `2026-11`.
    """

    circle_id: str
    user_id: str
    first: date | None = None
    last: date | None = None
    previous_run: tuple[date, date] | None = None
    total: int = 0
    best: int = 0
    card_month: str = ""
    version: int = 0

    def check_in(self, *, at: datetime) -> CheckIns:
        """Check in today. Unchanged if today is checked in."""
        today = member_day(at)
        if self.last and self.last >= today:
            return self
        if self.first and self.last == today - DAY:
            return self._with_run(self.first, today, self.previous_run, at)
        run = (self.first, self.last) if self.first and self.last else None
        return self._with_run(today, today, run, at)

    def make_up_day(self, day: date, *, at: datetime) -> CheckIns:
        """Fill a missed day with this month's card: the one day between two runs, or yesterday.

        Unchanged if the day is in the current run.
        Raises: MakeUpDayNotEligible, MakeUpCardUsed.
        """
        today = member_day(at)
        if self.first and self.last and self.first <= day <= self.last:
            return self
        if self.first is None or self.last is None or not day < today <= day + settings().max_make_up_age:
            raise MakeUpDayNotEligible
        joins = self.previous_run is not None and self.previous_run[1] == day - DAY and self.first == day + DAY
        if not joins and (self.last != day - DAY or day != today - DAY):
            raise MakeUpDayNotEligible
        month = f"{today:%Y-%m}"
        if self.card_month >= month:  # not ==: the clock of another function can be behind at the end of a month
            raise MakeUpCardUsed
        first, last = (self.previous_run[0], self.last) if joins and self.previous_run else (self.first, day)
        after = self._with_run(first, last, None if joins else self.previous_run, at)
        return replace(after, card_month=month, total=self.total)

    def streak(self, at: datetime) -> int:
        """Count consecutive days up to today or yesterday. Computed at each read, so no job has to end a streak."""
        if self.first is None or self.last is None or member_day(at) - self.last > DAY:
            return 0
        return (self.last - self.first).days + 1

    def _with_run(self, first: date, last: date, previous_run: tuple[date, date] | None, at: datetime) -> CheckIns:
        best = max(self.best, (last - first).days + 1)
        after = replace(self, first=first, last=last, previous_run=previous_run, total=self.total + 1, best=best)
        return replace(after, version=next_version(self.version, at))
