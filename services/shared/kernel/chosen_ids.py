"""The ids that the server chose for a user's last requests, as a short list that the item of a rate limit holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ulid import ULID

from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import HASH_LENGTH, KEY_LIFETIME, MAX_CLOCK_SKEW, IdempotencyKey, short_hash

ULID_LENGTH = 26
ENTRY_LENGTH = 2 * HASH_LENGTH + ULID_LENGTH
MAX_CHOSEN_IDS = 15  # 48 bytes each: the item of a rate limit stays within one write unit
EVICTED_TOGETHER = 10  # one write of a user with many requests for 10 of them
# A repeat is accepted for a day after the time in its key, which can be 5 minutes ahead; 5 more for the servers' clocks.
NEEDED_FOR = KEY_LIFETIME + 2 * MAX_CLOCK_SKEW


@dataclass(frozen=True, slots=True)
class ChosenId:
    """The id that the server chose for one request.

    request, body: the hashes of the request and of its body. ulid: the id without its prefix.
    """

    request: str
    body: str
    ulid: str

    @classmethod
    def of(cls, key: IdempotencyKey, new_id: str) -> ChosenId:
        return cls(key.hash, short_hash(key.body_hash), new_id.rsplit("_", 1)[1])

    @property
    def at_ms(self) -> int:
        """When the id was chosen, in milliseconds since 1970."""
        return int(ULID.from_str(self.ulid).milliseconds)

    @property
    def at(self) -> datetime:
        return from_millis(self.at_ms)

    @property
    def text(self) -> str:
        return self.request + self.body + self.ulid

    def is_older(self, than: ChosenId, by: timedelta) -> bool:
        return than.at - self.at > by


def parse_chosen_ids(text: str) -> tuple[ChosenId, ...]:
    starts = range(0, len(text), ENTRY_LENGTH)
    middle = 2 * HASH_LENGTH
    entries = (text[start : start + ENTRY_LENGTH] for start in starts)
    return tuple(ChosenId(entry[:HASH_LENGTH], entry[HASH_LENGTH:middle], entry[middle:]) for entry in entries)


def still_needed(chosen: Iterable[ChosenId], now: datetime) -> tuple[ChosenId, ...]:
    """Return the ids of requests that can still be repeated."""
    # The text of a ULID begins with its time and sorts by it.
    first = str(ULID.from_bytes(millis(now - NEEDED_FOR).to_bytes(6, "big") + bytes(10)))
    return tuple(one for one in chosen if one.ulid >= first)


def find_chosen_id(chosen: Iterable[ChosenId], key: IdempotencyKey) -> ChosenId | None:
    """Return the newest id that was chosen for the request. `chosen` is in the order of the choices.

    Raises: KeyReused (it was chosen for another body).
    """
    request = key.hash
    of_request = [one for one in chosen if one.request == request]
    if of_request and of_request[-1].body != short_hash(key.body_hash):
        raise KeyReused
    return of_request[-1] if of_request else None
