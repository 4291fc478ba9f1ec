"""Daily digests: their time, the notes that they name, and each member's preference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, time

from services.circles.domain.days import DAY
from services.circles.domain.note import Note
from services.circles.settings import settings
from services.shared.kernel.clock import is_within_hours, next_china_time, next_version


def top_notes(notes: Iterable[Note], most: int) -> list[Note]:
    """Return the best notes by likes plus twice the comments, the newest first among equals."""
    return sorted(notes, key=lambda note: (note.likes + 2 * note.comments, note.created_at), reverse=True)[:most]


def next_digest_at(after: datetime) -> datetime:
    """Return the next evening after `after`: the time of the digests in China."""
    return next_china_time(after, time(settings().digest_hour))


def digest_evening(due_at: datetime) -> datetime:
    """Return the evening that a run due at `due_at` covers: the last one at or before it."""
    return next_digest_at(due_at) - DAY


@dataclass(frozen=True, slots=True)
class DigestPreference:
    """Whether a member wants the digest of a circle, and their quiet hours in China.

    quiet_from, quiet_until: nothing is pushed in between. If `quiet_from` is the later one, the hours span midnight.
    """

    circle_id: str
    user_id: str
    on: bool = True
    quiet_from: time = field(default_factory=lambda: time(settings().quiet_from_hour))
    quiet_until: time = field(default_factory=lambda: time(settings().quiet_until_hour))
    version: int = 0

    def update(self, on: bool, quiet_from: time, quiet_until: time, *, at: datetime) -> DigestPreference:
        """Unchanged if the same preference is stored."""
        if self.version and (self.on, self.quiet_from, self.quiet_until) == (on, quiet_from, quiet_until):
            return self
        after = replace(self, on=on, quiet_from=quiet_from, quiet_until=quiet_until)
        return replace(after, version=next_version(self.version, at))

    def is_quiet(self, at: datetime) -> bool:
        return is_within_hours(at, self.quiet_from, self.quiet_until)
