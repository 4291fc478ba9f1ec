"""The limits on guessing passcodes: per user, per network and for the platform."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate

from services.circles.errors import PasscodeLocked
from services.circles.settings import settings
from services.shared.kernel.clock import millis, next_version

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PARTS = 10  # of a guess window


@dataclass(frozen=True, slots=True)
class PasscodeAttempts:
    """The attempts of one user in the last guess window.

    An attempt is added before the passcode is looked up and removed only if it was right, so parallel guesses cannot exceed
    the limit.
    slots_free_at: the rate limit of attempts, right ones included, as in `RateLimit`.
    """

    user_id: str
    attempts: tuple[datetime, ...] = ()
    locked_until: datetime | None = None
    version: int = 0
    slots_free_at: int = 0

    def add(self, *, at: datetime) -> PasscodeAttempts:
        """Add an attempt; too many lock the user.

        Raises: PasscodeLocked (also for a right passcode, so that a lock does not help to guess), RateLimitReached.
        """
        if self.locked_until and at < self.locked_until:
            raise PasscodeLocked(retry_after=int((self.locked_until - at).total_seconds()) + 1)
        recent = (*(attempt for attempt in self.attempts if at - attempt < settings().guess_window), at)
        locked = at + settings().guess_lock if len(recent) >= settings().max_wrong_guesses else None
        slots_free_at = settings().rate("join").use_slot(self.slots_free_at, millis(at))
        version = next_version(self.version, at)
        return replace(self, attempts=recent, locked_until=locked, version=version, slots_free_at=slots_free_at)

    def remove_last(self, *, at: datetime) -> PasscodeAttempts:
        """Remove the attempt of a right passcode, and the lock if it set one. Wrong attempts stay counted."""
        if not self.attempts:
            return self
        rest = self.attempts[:-1]
        locked = self.locked_until if len(rest) >= settings().max_wrong_guesses else None
        return replace(self, attempts=rest, locked_until=locked, version=next_version(self.version, at))

    @property
    def has_wrong_guesses(self) -> bool:
        """Whether there are attempts beside the current one."""
        return len(self.attempts) > 1


def window_start(at: datetime) -> datetime:
    """Return the start of the guess window that contains `at`; at most one alarm is raised in each."""
    return at - (at - EPOCH) % settings().guess_window


def part_start(at: datetime) -> datetime:
    """Return the start of the tenth of a guess window that contains `at`, for the counters of networks and of the platform."""
    return at - (at - EPOCH) % (settings().guess_window / PARTS)


def first_part(at: datetime) -> datetime:
    """Return the first of the parts that the window before `at` touches.

    They last one part longer than the window. So no wrong guess of the window is left out, and at most a tenth is added.
    """
    return part_start(at - settings().guess_window)


def windows_to_alarm(wrong_guesses: Mapping[datetime, int], threshold: int) -> dict[datetime, int]:
    """Return the guess windows in which the wrong guesses since a window before reach the threshold, with their number.

    wrong_guesses: by the start of their part.
    """
    parts = sorted(wrong_guesses)
    sums = [0, *accumulate(wrong_guesses[part] for part in parts)]
    found: dict[datetime, int] = {}
    for index, part in enumerate(parts):
        total = sums[index + 1] - sums[bisect_left(parts, first_part(part))]
        if total >= threshold:
            found[window_start(part)] = max(total, found.get(window_start(part), 0))
    return found
