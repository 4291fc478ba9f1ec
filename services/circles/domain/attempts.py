"""The limits on guessing passcodes: per user, per network and for the platform."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import accumulate

from services.circles.errors import PasscodeLocked
from services.circles.settings import settings
from services.shared.security.guesses import GuessAttempts, GuessRules

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PARTS = 10  # of a guess window


def _rules() -> GuessRules:
    now = settings()
    return GuessRules(now.guess_window, now.max_wrong_guesses, now.guess_lock, settings().rate("join"), PasscodeLocked)


class PasscodeAttempts(GuessAttempts):
    """The attempts of one user to guess passcodes."""

    __slots__ = ()

    def add(self, *, at: datetime) -> PasscodeAttempts:
        """Add an attempt. Raises: PasscodeLocked, RateLimitReached."""
        return self.add_under(_rules(), at=at)

    def remove_last(self, *, at: datetime) -> PasscodeAttempts:
        """Remove the attempt of a right passcode."""
        return self.remove_last_under(_rules(), at=at)


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
