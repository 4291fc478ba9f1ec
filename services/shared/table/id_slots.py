"""Slots whose item also holds the ids that the server chose: for notes and comments, whose order no client's clock decides.

The write of the slot is the marker of the request. A full list of ids moves its oldest ones to an item of their own first.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.shared.kernel.chosen_ids import ChosenId, find_chosen_id, parse_chosen_ids
from services.shared.kernel.clock import millis, millis_of
from services.shared.kernel.ids import MAX_CLOCK_SKEW, IdempotencyKey
from services.shared.kernel.rates import Rate
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import HasTable
from services.shared.table.rate_limits import KEPT_AFTER_LAST_SLOT, Slot, limit_key

PAGE = 20
MAX_MILLIS = 10**13 - 1  # 13 digits, until the year 2286


class IdSlot(Slot):
    """The slot of a request for which the server chooses an id."""

    def __init__(self, ports: HasTable, key: IdempotencyKey, rate: Rate) -> None:
        super().__init__(ports, key.user, rate)
        self._request_key = key
        self._found: ChosenId | None = None
        self._is_searched = False

    def find(self) -> ChosenId | None:
        """Return the id that was chosen for the request, as far as this request has seen what is stored.

        Cost: half a read unit, once; only for a key as old as those of ids that left the list, also 1 per 4 KB of those.
        Raises: KeyReused.
        """
        self.is_used()  # reads the item
        if not self._is_searched:
            self._found = find_chosen_id(self._limit.chosen, self._request_key) or self._find_evicted()
            self._is_searched = True
        return self._found

    def find_again(self) -> ChosenId | None:
        """Return the id that was chosen for the request, by a consistent read. Raises: KeyReused."""
        item = self._ports.table.get(self._key, consistent_read=True)
        if not self._stored or not item or item["slots_free_at"] != self._stored["slots_free_at"]:
            self._store(item)
        return self.find()

    def choose(self, new: ChosenId) -> bool:
        """Use a slot for the request and store its new id; False if another try of the request stored one at the same time.

        Ids that leave a full list are stored first, so a crash leaves each id in at least one of the two places. A list only
        grows at its end, so two requests at once that both move ids write the same item.

        Cost: 1 write unit; for every tenth request of a user who creates more than 15 a day 2.
        Raises: RateLimitReached.
        """
        known = self.find()
        while self.find() == known:
            now = self._ports.clock()
            after, evicted = self._limit.use_slot(self._rate, "", millis(now)).choose(new, self._request_key.at_ms, now)
            if evicted:
                self._ports.table.put(self._evicted_to_item(evicted), when=None)
            if self._put(after):
                self._found, self._is_searched = new, True
                return True
        return False

    def _store(self, item: Item | None) -> None:
        super()._store(item)
        self._is_searched = False

    def _find_evicted(self) -> ChosenId | None:
        """Return the newest id of the request among those that left the list.

        Read consistently: what a request sees missing in the list was stored here before.
        """
        at_ms = self._request_key.at_ms
        if not self._limit.can_have_evicted(at_ms):
            return None
        first = self._evicted_key(at_ms - millis_of(MAX_CLOCK_SKEW), "")
        last = self._evicted_key(MAX_MILLIS, "~")
        query = Query(first.pk, PAGE, first=first.sk, last=last.sk, newest_first=True, consistent_read=True)
        for item in query_all(self._ports.table, query):
            if found := find_chosen_id(parse_chosen_ids(item["chosen"]), self._request_key):
                return found
        return None

    def _evicted_to_item(self, evicted: Sequence[ChosenId]) -> Item:
        until = max(one.at_ms for one in evicted)
        return {
            **self._evicted_key(until, evicted[-1].request).attributes(),
            "chosen": "".join(one.text for one in evicted),
            "expires_at": (until + millis_of(KEPT_AFTER_LAST_SLOT)) // 1000,
        }

    def _evicted_key(self, until: int, request: str) -> Key:
        """Return the key of ids that left the list together: by the time of the newest, which is no earlier than any other."""
        return limit_key(self._request_key.user, f"{self._rate.kind}#{until:013}#{request}")
