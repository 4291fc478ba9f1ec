"""That somebody is there: what they read, and the days they check in on. A day is the members' day, in China."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from services.circles.domain.roles import Trust
from services.circles.errors import CardUsed, NothingToMakeUp
from services.shared.kernel.clock import CHINA, next_version

DAY = timedelta(days=1)
ABSENCE = timedelta(days=60)
MAX_NOTES_A_DAY = 60
MAKE_UP_WITHIN = timedelta(days=7)

# What trust takes: different days of reading, notes read, likes received from others.
EARNS = {Trust.MEMBER: (2, 20, 0), Trust.REGULAR: (15, 150, 10)}


def member_day(at: datetime) -> date:
    """The day of the server's clock in China; what a client's clock says counts for nothing."""
    return at.astimezone(CHINA).date()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a member has read: `seen` are the notes of their last `day`, by the chance part of their ids, `views` that day's
    views by tag; `days` and `notes` count all of it since they last stayed away for two months."""

    circle_id: str
    user_id: str
    day: date | None = None
    seen: frozenset[str] = frozenset()
    views: Mapping[str, int] = field(default_factory=dict)
    days: int = 0
    notes: int = 0
    seen_at: datetime | None = None
    version: int = 0

    def read(self, notes: Mapping[str, Iterable[str]], *, at: datetime) -> Reading:
        """These notes with their tags, each once a day, and sixty of them at most."""
        today = max(member_day(at), self.day or member_day(at))  # a clock that steps back makes no second day
        before = self if self.day == today else self._next_day(today)
        fresh = {_chance(note_id): tags for note_id, tags in notes.items() if _chance(note_id) not in before.seen}
        fresh = dict(list(fresh.items())[: MAX_NOTES_A_DAY - len(before.seen)])
        views = dict(before.views)
        for tag in (tag for tags in fresh.values() for tag in tags):
            views[tag] = views.get(tag, 0) + 1
        after = replace(before, seen=before.seen | fresh.keys(), views=views, notes=before.notes + len(fresh), seen_at=at)
        return replace(after, version=next_version(self.version, at))

    def _next_day(self, today: date) -> Reading:
        stayed_away = self.day is None or today - self.day > ABSENCE
        days, notes = (0, 0) if stayed_away else (self.days, self.notes)
        return replace(self, day=today, seen=frozenset(), views={}, days=days + 1, notes=notes)

    def earns(self, liked: int) -> Trust:
        """The trust that this reading and so many likes by others have earned."""
        have = (self.days, self.notes, liked)
        earned = [level for level, least in EARNS.items() if all(a >= b for a, b in zip(have, least, strict=True))]
        return max(earned, default=Trust.NEWCOMER)


def _chance(note_id: str) -> str:
    return note_id[-8:]


@dataclass(frozen=True, slots=True)
class CheckIns:
    """The days somebody checked in on, as runs: from `first` to `last`, and the run `before`. `card` is the month whose make-up
    card is used."""

    circle_id: str
    user_id: str
    first: date | None = None
    last: date | None = None
    before: tuple[date, date] | None = None
    total: int = 0
    best: int = 0
    card: str = ""
    version: int = 0

    def check_in(self, *, at: datetime) -> CheckIns:
        """Today; twice is once."""
        today = member_day(at)
        if self.last and self.last >= today:
            return self
        if self.first and self.last == today - DAY:
            return self._grown(self.first, today, self.before, at)
        run = (self.first, self.last) if self.first and self.last else None
        return self._grown(today, today, run, at)

    def make_up(self, day: date, *, at: datetime) -> CheckIns:
        """The one day that was missed between two runs, or yesterday, by the month's card. A day that counts already changes
        nothing."""
        today = member_day(at)
        if self.first and self.last and self.first <= day <= self.last:
            return self
        if self.first is None or self.last is None or not day < today <= day + MAKE_UP_WITHIN:
            raise NothingToMakeUp
        joins = self.before is not None and self.before[1] == day - DAY and self.first == day + DAY
        if not joins and (self.last != day - DAY or day != today - DAY):
            raise NothingToMakeUp
        month = f"{today:%Y-%m}"
        if self.card == month:
            raise CardUsed
        first, last = (self.before[0], self.last) if joins and self.before else (self.first, day)
        after = self._grown(first, last, None if joins else self.before, at)
        return replace(after, card=month, total=self.total)

    def streak(self, at: datetime) -> int:
        """Days in a row up to today or yesterday; judged when read."""
        if self.first is None or self.last is None or member_day(at) - self.last > DAY:
            return 0
        return (self.last - self.first).days + 1

    def _grown(self, first: date, last: date, before: tuple[date, date] | None, at: datetime) -> CheckIns:
        best = max(self.best, (last - first).days + 1)
        after = replace(self, first=first, last=last, before=before, total=self.total + 1, best=best)
        return replace(after, version=next_version(self.version, at))
