"""What somebody missed, what a day brought, and when they want to be left alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from services.circles.domain.note import Note
from services.shared.kernel.clock import CHINA, next_version

DIGEST_AT = time(20)  # in China
MAX_HIGHLIGHTS = 10


def most_spoken_of(notes: Iterable[Note], most: int = MAX_HIGHLIGHTS) -> list[Note]:
    """By likes and twice the comments, the newest first among equals."""
    return sorted(notes, key=lambda note: (note.likes + 2 * note.comments, note.created_at), reverse=True)[:most]


def next_digest(after: datetime) -> datetime:
    """The next eight in the evening in China."""
    here = after.astimezone(CHINA)
    today = datetime.combine(here.date(), DIGEST_AT, CHINA)
    return (today if here < today else today + timedelta(days=1)).astimezone(after.tzinfo)


def evening_of(due_at: datetime) -> datetime:
    """The evening that something due then is about: eight in the evening, then or before."""
    return next_digest(due_at) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DigestChoice:
    """Whether somebody wants a circle's daily digest, and the hours, in China, in which nothing shall be pushed: from after
    until before, over midnight where from is the later."""

    circle_id: str
    user_id: str
    on: bool = True
    quiet_from: time = time(22)
    quiet_until: time = time(8)
    version: int = 0

    def choose(self, on: bool, quiet_from: time, quiet_until: time, *, at: datetime) -> DigestChoice:
        if self.version and (self.on, self.quiet_from, self.quiet_until) == (on, quiet_from, quiet_until):
            return self
        after = replace(self, on=on, quiet_from=quiet_from, quiet_until=quiet_until)
        return replace(after, version=next_version(self.version, at))

    def is_quiet(self, at: datetime) -> bool:
        now = at.astimezone(CHINA).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= now < self.quiet_until
        return now >= self.quiet_from or now < self.quiet_until
