"""The attempts of one user to guess a secret text, such as a passcode, and the lock that too many wrong ones set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from services.shared.kernel.clock import millis, next_version
from services.shared.kernel.errors import TooManyRequests
from services.shared.kernel.rates import Rate


@dataclass(frozen=True, slots=True)
class GuessRules:
    """How often a user can guess.

    rate: of all attempts, right ones included. locked: the error while a lock is in force.
    """

    window: timedelta
    max_wrong: int
    lock: timedelta
    rate: Rate
    locked: type[TooManyRequests]


@dataclass(frozen=True, slots=True)
class GuessAttempts:
    """The attempts of one user in the last window.

    An attempt is added before the text is looked up and removed only if it was right, so parallel guesses cannot exceed the
    limit.
    slots_free_at: the rate limit of attempts, right ones included, as in `RateLimit`.
    """

    user_id: str
    attempts: tuple[datetime, ...] = ()
    locked_until: datetime | None = None
    version: int = 0
    slots_free_at: int = 0

    def add_under(self, rules: GuessRules, *, at: datetime) -> Self:
        """Add an attempt; too many lock the user.

        Raises: `rules.locked` (also for a right text, so that a lock does not help to guess), RateLimitReached.
        """
        if self.locked_until and at < self.locked_until:
            raise rules.locked(retry_after=int((self.locked_until - at).total_seconds()) + 1)
        recent = (*(attempt for attempt in self.attempts if at - attempt < rules.window), at)
        locked = at + rules.lock if len(recent) >= rules.max_wrong else None
        slots_free_at = rules.rate.use_slot(self.slots_free_at, millis(at))
        version = next_version(self.version, at)
        return replace(self, attempts=recent, locked_until=locked, version=version, slots_free_at=slots_free_at)

    def remove_last_under(self, rules: GuessRules, *, at: datetime) -> Self:
        """Remove the attempt of a right text, and the lock if it set one. Wrong attempts stay counted."""
        if not self.attempts:
            return self
        rest = self.attempts[:-1]
        locked = self.locked_until if len(rest) >= rules.max_wrong else None
        return replace(self, attempts=rest, locked_until=locked, version=next_version(self.version, at))

    @property
    def has_wrong_guesses(self) -> bool:
        """Whether there are attempts beside the current one."""
        return len(self.attempts) > 1
