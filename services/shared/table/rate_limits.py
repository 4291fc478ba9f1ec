"""The rate limits of users: one small item per user and kind of action, which no other user's request writes.

A slot is used by one conditional write, before what it is used for: a crash in between loses the slot and nothing else.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from services.shared.kernel.chosen_ids import parse_chosen_ids
from services.shared.kernel.clock import millis, millis_of
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.rates import Rate, RateLimit
from services.shared.kernel.requests import ChangeRequest
from services.shared.table.items import ABSENT, Attr, Item, Key
from services.shared.table.port import ConditionFailed, HasTable

KEPT_AFTER_LAST_SLOT = timedelta(days=2)  # a request can be repeated for one day
MAX_PAUSE_SECONDS = 0.02
Opened = Callable[[tuple[str, ...]], tuple[str, ...]]


def limit_key(user_id: str, kind: str) -> Key:
    return Key(f"USER#{user_id}", f"LIMIT#{kind}")


class Slot:
    """One slot of a user's rate, for one request, however often its write is tried.

    request: the hash of the request, so that a repeat uses no second slot; empty if a repeat cannot be recognised.
    item_key: where the limit is stored, if not under the user: for a limit per circle, whose item is deleted with the circle.
    """

    def __init__(self, ports: HasTable, user_id: str, rate: Rate, request: str = "", *, item_key: Key | None = None) -> None:
        self._ports, self._rate, self._request = ports, rate, request
        self._key, self._expires = item_key or limit_key(user_id, rate.kind), item_key is None
        self._stored: Item | None = None
        self._limit = RateLimit()
        self._is_loaded = self._is_used = False

    @classmethod
    def of_key(cls, ports: HasTable, key: IdempotencyKey, rate: Rate, *, item_key: Key | None = None) -> Slot:
        """Return the slot of a request with an Idempotency-Key."""
        return cls(ports, key.user, rate, key.hash, item_key=item_key)

    @classmethod
    def of_change(cls, ports: HasTable, request: ChangeRequest) -> Slot | None:
        """Return the slot of a change, if its rate is limited.

        What was changed remembers its requests, so a repeat asks for no slot.
        """
        return cls(ports, request.user, request.rate) if request.rate else None

    @property
    def key(self) -> Key:
        """The key of the limit's item, to be read in one batch with others."""
        return self._key

    def load(self, item: Item | None) -> None:
        """Use the item that was read by `key`, instead of a read of its own."""
        self._store(item)

    def is_used(self) -> bool:
        """Whether this request, or an earlier try of it, has its slot. Cost: half a read unit, once."""
        if not self._is_loaded:
            # Eventually consistent: the moment of the next slot only grows, so an older one denies no request wrongly.
            self._store(self._ports.table.get(self._key))
        return self._is_used

    def require_burst(self, burst: int) -> None:
        """Require that a user with a smaller burst would have the slot that was used last.

        Raises: RateLimitReached (`retry_after` is when such a user has a slot again).
        """
        rate = replace(self._rate, burst=burst)
        rate.use_slot(self._limit.slots_free_at - millis_of(rate.interval), millis(self._ports.clock()))

    def require_free(self) -> None:
        """Require a free slot, before work that only a request with a slot may cause. Nothing is written.

        Raises: RateLimitReached.
        """
        if not self.is_used():
            self._limit.use_slot(self._rate, self._request, millis(self._ports.clock()))

    def use(self, opened: Opened | None = None) -> None:
        """Use the slot. Unchanged if this request has it.

        opened: returns what the user has open after this action, or raises the error of its limit. If that differs from what
            is stored, a request that has its slot uses another one: what an earlier try opened may no longer be counted.

        A conflict means that another request of this user was faster, so there are at most as many as the user has slots.
        Cost: 1 write unit and half a read unit.
        Raises: RateLimitReached, and what `opened` raises.
        """
        while not self.is_used() or (opened and not self._has_opened(opened)):
            after = self._limit.use_slot(self._rate, self._request, millis(self._ports.clock()))
            if self._put(replace(after, open=opened(after.open)) if opened else after):
                return

    def _store(self, item: Item | None) -> None:
        """Set what is stored now, as far as this request has seen it."""
        self._stored, self._is_loaded = item, True
        self._limit = _limit_from_item(item)
        self._is_used = self._limit.has_slot_of(self._request)

    def _put(self, after: RateLimit) -> bool:
        """Store a limit with one more slot in use, and return True; or wait a little, if another request was faster.

        The condition covers the whole item: each write of it uses a slot, which moves `slots_free_at` forwards.
        """
        item = self._item_of(after)
        unchanged = Attr("slots_free_at").eq(self._limit.slots_free_at) if self._stored else ABSENT
        try:
            self._ports.table.put(item, when=unchanged)
        except ConditionFailed as failed:
            time.sleep(random.uniform(0, MAX_PAUSE_SECONDS))
            self._store(failed.old)
            return False
        self._stored, self._limit, self._is_used = item, after, True
        return True

    def _has_opened(self, opened: Opened) -> bool:
        stored = self._limit.open
        return opened(stored) == stored

    def _item_of(self, limit: RateLimit) -> Item:
        item = {**self._key.attributes(), "slots_free_at": limit.slots_free_at, "requests": limit.requests}
        if limit.open:
            item["open"] = list(limit.open)
        if limit.chosen:
            item["chosen"] = "".join(one.text for one in limit.chosen)
            item |= {"last_key_at": limit.last_key_at, "evicted_until": limit.evicted_until}
        if self._expires:
            item["expires_at"] = (limit.slots_free_at + millis_of(KEPT_AFTER_LAST_SLOT)) // 1000
        return item


def _limit_from_item(item: Item | None) -> RateLimit:
    if item is None:
        return RateLimit()
    return RateLimit(
        item["slots_free_at"],
        item["requests"],
        tuple(item.get("open", ())),
        parse_chosen_ids(item.get("chosen", "")),
        item.get("last_key_at", 0),
        item.get("evicted_until", 0),
    )
