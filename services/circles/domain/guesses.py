"""The guess throttle: an account's wrong passcodes, and the network they come from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.circles.errors import PasscodeLocked
from services.shared.kernel.clock import next_version

WINDOW = timedelta(minutes=10)
MAX_WRONG = 5
LOCK = timedelta(minutes=30)
MAX_WRONG_OF_NETWORK = 200
ALARM_AT = 1000


@dataclass(frozen=True, slots=True)
class Guesses:
    """One account's attempts of the last ten minutes. An attempt is reserved before the code is looked up and given
    back only if it was right, so attempts in parallel cannot slip through."""

    user_id: str
    attempts: tuple[datetime, ...] = ()
    locked_until: datetime | None = None
    version: int = 0

    def reserve(self, *, at: datetime) -> Guesses:
        """One more attempt. The fifth locks the account; while locked even a right code is refused, with the same answer."""
        if self.locked_until and at < self.locked_until:
            raise PasscodeLocked(retry_after=int((self.locked_until - at).total_seconds()) + 1)
        recent = (*(attempt for attempt in self.attempts if at - attempt < WINDOW), at)
        locked = at + LOCK if len(recent) >= MAX_WRONG else None
        return replace(self, attempts=recent, locked_until=locked, version=next_version(self.version, at))

    def give_back(self, *, at: datetime) -> Guesses:
        """A right code was no guess: its attempt, and the lock if it set one, are taken back; wrong ones stay counted."""
        if not self.attempts:
            return self
        rest = self.attempts[:-1]
        locked = self.locked_until if len(rest) >= MAX_WRONG else None
        return replace(self, attempts=rest, locked_until=locked, version=next_version(self.version, at))

    @property
    def has_guessed_before(self) -> bool:
        return len(self.attempts) > 1


def network_of(ip: str) -> str:
    """The network an address counts for: IPv4 /24, IPv6 /56; what is no address counts as itself."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{ip}/{24 if address.version == 4 else 56}", strict=False))


def window_start(at: datetime) -> datetime:
    """The start of the ten-minute window that `at` falls into, for counters of networks and of the platform."""
    return at.replace(minute=at.minute - at.minute % 10, second=0, microsecond=0)
