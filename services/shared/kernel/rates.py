"""Rates: how often one user can do one kind of action. A generic cell rate of one number: when every slot is free again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from services.shared.kernel.clock import millis_of
from services.shared.kernel.errors import RateLimitReached
from services.shared.kernel.ids import HASH_LENGTH

MAX_REMEMBERED_SLOTS = 20  # 11 bytes each: the item of a rate limit stays within one write unit


@dataclass(frozen=True, slots=True)
class Rate:
    """A user can do this `burst` times at once, then once per `interval`. kind: names the action."""

    kind: str
    interval: timedelta
    burst: int

    def use_slot(self, slots_free_at: int, now: int) -> int:
        """Use one slot, and return when every slot is free again; both in milliseconds since 1970.

        Raises: RateLimitReached (no slot is free; `retry_after` is when one is).
        """
        interval = millis_of(self.interval)
        wait = slots_free_at - (self.burst - 1) * interval - now
        if wait > 0:
            seconds = ceil(self.interval.total_seconds())
            raise RateLimitReached(limit=self.burst, interval_seconds=seconds, retry_after=ceil(wait / 1000))
        return max(slots_free_at, now) + interval


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What is stored of one user and kind of action.

    slots_free_at: when every slot is free again, in milliseconds since 1970.
    requests: the hashes of the last requests that used a slot.
    open: what the user has open of this kind, where its number is limited; the use case defines the text of an entry.
    """

    slots_free_at: int = 0
    requests: str = ""
    open: tuple[str, ...] = ()

    def has_slot_of(self, request: str) -> bool:
        """Whether this request is among the last ones that used a slot."""
        starts = range(0, len(self.requests), HASH_LENGTH)
        return bool(request) and any(self.requests[start : start + HASH_LENGTH] == request for start in starts)

    def use_slot(self, rate: Rate, request: str, now: int) -> RateLimit:
        """Use one slot for a request. Raises: RateLimitReached."""
        requests = (self.requests + request)[-MAX_REMEMBERED_SLOTS * HASH_LENGTH :]
        return replace(self, slots_free_at=rate.use_slot(self.slots_free_at, now), requests=requests)
