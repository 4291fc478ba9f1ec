"""What the stream does for a listing with many units: divides its stock, counts it, and ends outdated versions.

An order writes one stock item alone. So everything that many orders share comes after it, once per batch of the stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.commerce.domain import Listing
from services.commerce.domain.divided_stock import LISTING_ITEM, DividedStock
from services.commerce.repository import divided_stock as repository
from services.commerce.repository.listing_items import listing_from_item
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.messaging.stream import Change, Changes
from services.shared.table.versioned import retry_on_write_conflict


def with_stock(changes: Changes) -> Iterable[Changes]:
    """Return the changes of large listings and of stock items as one group, so that a listing is counted once for them."""
    group = [change for change in changes if change.new and "shards" in change.new]
    return [group] if group else []


def follow_stock(ports: Ports, changes: Sequence[Change]) -> None:
    """Do what follows from these changes. A repeat has no effect.

    Cost: none for other listings. For each large listing of the changes: 1 read unit; 2 write units and 2 per stock item if
    it must be divided; 1 write unit per stock item if its terms changed; to count, 1 read unit per stock item and 1 write unit.
    """
    counted: dict[str, Change] = {}
    for change in changes:
        item = change.new or {}
        if change.key.sk == repository.UNITS:
            counted[item["listing_id"]] = change
        else:
            listing = listing_from_item(item)
            _end_versions(ports, change, listing)
            if listing.must_be_divided():
                _divide(ports, change)
    for change in counted.values():
        _count(ports, change)


def _divide(ports: Ports, change: Change) -> None:
    """Divide what the item of a large listing has, as it is now. Its units are sold meanwhile, from that item."""

    def attempt() -> None:
        loaded = repository.load(ports.table, change.key)
        if loaded and loaded.entity.must_be_divided():
            repository.divide(ports, loaded.entity, loaded.entity.divided.shards or settings().stock_shards)

    retry_on_write_conflict(attempt)


def _end_versions(ports: Ports, change: Change, after: Listing) -> None:
    """Let stock items deny orders that read the listing before this change, if it changed what they agreed to."""
    before = change.old
    if after.divided.shards and before and (before["revision"], before["on_sale"]) != (after.revision, after.offer.on_sale):
        repository.end_versions_before(ports.table, after)


def _count(ports: Ports, change: Change) -> None:
    """Count the units of a listing's stock items, as they are now, and show them with the listing.

    Handlers that count one listing at the same time write its item in turn. One of them can stop when two others have
    counted since it began: the second one read its units after that.
    """
    read: list[DividedStock] = []

    def attempt() -> None:
        loaded = repository.load(ports.table, repository.listing_key_of(change.new or {}))
        if loaded is None:
            return
        divided = loaded.entity.divided
        read.append(divided)
        if divided.was_counted_after(read[0]):
            return
        stored = repository.get_stored(ports.table, loaded.entity)
        units = sum(quantity for place, quantity in stored.items() if place != LISTING_ITEM)
        if units != divided.units:
            repository.put_count(ports, loaded, divided.count(units))

    retry_on_write_conflict(attempt)
