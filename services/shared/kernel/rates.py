"""Rates: how often one user can do one kind of action. A generic cell rate of one number: when every slot is free again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from services.shared.kernel.chosen_ids import EVICTED_TOGETHER, MAX_CHOSEN_IDS, ChosenId, still_needed
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
    chosen: the ids that the server chose for the last requests, oldest first, where the server chooses them.
    last_key_at: the latest time in a key for which an id was chosen, in milliseconds.
    evicted_until: what `last_key_at` was when ids last left the full list: no id that left has a key with a later time.
    """

    slots_free_at: int = 0
    requests: str = ""
    open: tuple[str, ...] = ()
    chosen: tuple[ChosenId, ...] = ()
    last_key_at: int = 0
    evicted_until: int = 0

    def has_slot_of(self, request: str) -> bool:
        """Whether this request is among the last ones that used a slot."""
        starts = range(0, len(self.requests), HASH_LENGTH)
        return bool(request) and any(self.requests[start : start + HASH_LENGTH] == request for start in starts)

    def use_slot(self, rate: Rate, request: str, now: int) -> RateLimit:
        """Use one slot for a request. Raises: RateLimitReached."""
        requests = (self.requests + request)[-MAX_REMEMBERED_SLOTS * HASH_LENGTH :]
        return replace(self, slots_free_at=rate.use_slot(self.slots_free_at, now), requests=requests)

    def choose(self, new: ChosenId, key_at_ms: int, now: datetime) -> tuple[RateLimit, tuple[ChosenId, ...]]:
        """Add an id, and return the ids that leave a full list and can still be needed: to be stored elsewhere before."""
        needed = still_needed(self.chosen, now)
        evicted = needed[:EVICTED_TOGETHER] if len(needed) == MAX_CHOSEN_IDS else ()
        until = self.last_key_at if evicted else self.evicted_until
        chosen, last_key_at = (*needed[len(evicted) :], new), max(self.last_key_at, key_at_ms)
        return replace(self, chosen=chosen, last_key_at=last_key_at, evicted_until=until), evicted

    def can_have_evicted(self, key_at_ms: int) -> bool:
        """Whether an id that was chosen for a key with this time can have left the list."""
        return key_at_ms <= self.evicted_until
