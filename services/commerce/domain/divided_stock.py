"""The stock of a listing with many units, divided over items of its own: so that orders write different items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from zlib import crc32

from services.commerce.errors import StockInsufficient

LISTING_ITEM = -1  # the place of the units that are on the item of the listing
Taken = Mapping[int, int]  # the units by their place: the number of a stock item, or LISTING_ITEM


@dataclass(frozen=True, slots=True)
class DividedStock:
    """How the stock of a listing is divided.

    shards: the number of its stock items; 0 if it is not divided.
    units: what they had together when they were counted last. Orders alone take units, so they never have more.
    counts: how often they were counted.
    """

    shards: int = 0
    units: int = 0
    counts: int = 0

    def home_of(self, order_id: str) -> int:
        """Return the stock item that an order takes its units from, if that has enough."""
        return crc32(order_id.encode()) % self.shards

    def was_counted_after(self, earlier: DividedStock) -> bool:
        """Whether a count began after `earlier` was read: the second one since began when the first one had ended."""
        return self.counts >= earlier.counts + 2

    def count(self, units: int) -> DividedStock:
        return replace(self, units=units, counts=self.counts + 1)


NOT_DIVIDED = DividedStock()


def take_units(stored: Taken, wanted: int, home: int) -> dict[int, int]:
    """Return from which places to take units: one of them, if one has enough, from `home` on; otherwise as few as possible.

    The item of the listing comes last: all orders share it.
    Raises: StockInsufficient.
    """
    in_turn = sorted(stored, key=lambda place: (place == LISTING_ITEM, place < home, place))
    for place in in_turn:
        if stored[place] >= wanted:
            return {place: wanted}
    taken: dict[int, int] = {}
    for place in sorted(in_turn, key=lambda place: -stored[place]):
        units = min(wanted - sum(taken.values()), stored[place])
        if units > 0:
            taken[place] = units
    if sum(taken.values()) < wanted:
        raise StockInsufficient
    return taken
