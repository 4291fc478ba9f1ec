"""What a member reads in a circle, and the trust that it earns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from services.circles.domain.days import member_day
from services.circles.domain.roles import Trust
from services.circles.settings import settings
from services.shared.kernel.clock import next_version

MIN_PAUSE = timedelta(minutes=10)  # between two changes of the time of the last record alone


def trust_requirements() -> Mapping[Trust, tuple[int, int, int]]:
    """Return what each level of trust needs at least: days with reading, notes read, likes received from others."""
    now = settings()
    return {
        Trust.MEMBER: (now.member_days_read, now.member_notes_read, now.member_likes_received),
        Trust.REGULAR: (now.regular_days_read, now.regular_notes_read, now.regular_likes_received),
    }


@dataclass(frozen=True, slots=True)
class ReadingActivity:
    """What one member has read in one circle.

    day: the last day with reading. read_today: the notes read on it, by the random part of their ids.
    views: the views of that day, by tag.
    days_read, notes_read: totals since the last absence of more than `max_reading_absence`.
    """

    circle_id: str
    user_id: str
    day: date | None = None
    read_today: frozenset[str] = frozenset()
    views: Mapping[str, int] = field(default_factory=dict)
    days_read: int = 0
    notes_read: int = 0
    last_read_at: datetime | None = None
    version: int = 0

    def record_views(self, notes: Mapping[str, Iterable[str]], *, at: datetime) -> ReadingActivity:
        """Add notes, given with their tags: each note once per day, up to the limit of a day.

        Unchanged if no note counts and the last record is recent, so the number of changes per day is bounded.
        """
        today = max(member_day(at), self.day or member_day(at))  # a clock that steps back must not count a day again
        before = self if self.day == today else self._start_day(today)
        new = {_random_part(note_id): tags for note_id, tags in notes.items() if _random_part(note_id) not in before.read_today}
        new = dict(list(new.items())[: max(0, settings().max_notes_read_per_day - len(before.read_today))])
        if not new and before is self and self.last_read_at and at - self.last_read_at < MIN_PAUSE:
            return self
        views = dict(before.views)
        for tag in (tag for tags in new.values() for tag in tags):
            views[tag] = views.get(tag, 0) + 1
        after = replace(before, read_today=before.read_today | new.keys(), views=views, last_read_at=at)
        return replace(after, notes_read=before.notes_read + len(new), version=next_version(self.version, at))

    def _start_day(self, today: date) -> ReadingActivity:
        starts_again = self.day is None or today - self.day > settings().max_reading_absence
        days, notes = (0, 0) if starts_again else (self.days_read, self.notes_read)
        return replace(self, day=today, read_today=frozenset(), views={}, days_read=days + 1, notes_read=notes)

    def earned_trust(self, likes_received: int) -> Trust:
        """Return the highest level whose requirements this reading and these likes meet."""
        totals = (self.days_read, self.notes_read, likes_received)
        reached = [
            level for level, least in trust_requirements().items() if all(a >= b for a, b in zip(totals, least, strict=True))
        ]
        return max(reached, default=Trust.NEWCOMER)


def _random_part(note_id: str) -> str:
    return note_id[-8:]
