"""The stock that orders reserve and give back. One update per listing, whatever the number of its options.

A divided stock is also on items of its own, from which an order takes its units: see `divided_stock.py`.
Functions that return writes do not write: their result is a part of a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_

from services.commerce.domain import Listing, Order
from services.commerce.domain.divided_stock import LISTING_ITEM, Taken, take_units
from services.commerce.domain.order_line import Units
from services.commerce.errors import StockInsufficient
from services.commerce.repository.divided_stock import get_stored, take_from_shard
from services.commerce.repository.listing_items import listing_from_item, stock_name
from services.commerce.repository.listings import listing_key
from services.shared.messaging.events import ListingChanged
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import PRESENT, Attr, Check, Condition, Key, Update
from services.shared.table.pages import get_all
from services.shared.table.port import HasTable


def reserve_stock(ports: HasTable, listing: Listing, units: Units, order_id: str, *, is_first_try: bool) -> Sequence[Update]:
    """Reserve units. A condition fails if too few are left or the listing is no longer what the buyer agreed to.

    The first try takes units of a divided stock from the order's own stock item, without a read. Others read all of them.
    Cost: 2 write units, in one update, or in several for the last units of a divided stock.
    Raises: StockInsufficient (of a divided stock, as it is read).
    """
    key, unchanged = listing_key(listing.circle_id, listing.id), _unchanged(listing)
    if not is_divided(listing, units):
        return [_move_stock(ports, key, _taken(units), unchanged & _enough(units))]
    (wanted,) = units.values()
    if is_first_try:
        home = listing.divided.home_of(order_id) if listing.divided.units >= wanted else LISTING_ITEM
        taken: Taken = {home: wanted}
    else:
        stored = get_stored(ports.table, listing)
        taken = take_units(stored, wanted, listing.divided.home_of(order_id))
    return _take(ports, listing, taken, unchanged, read_at=listing.version)


def reserve_stock_again(ports: HasTable, order: Order, agreed: Mapping[str, Listing]) -> list[Update]:
    """Reserve the units of an expired order that was paid. A condition fails if too few are left since they were read.

    agreed: the listings of an order that was paid late, by id, which must be unchanged; none of one that was paid in time.
    Raises: StockInsufficient.
    """
    keys = {listing_id: listing_key(order.circle_id, listing_id) for listing_id in order.units}
    items, writes = get_all(ports.table, list(keys.values()), consistent_read=True), list[Update]()
    for listing_id, units in order.units.items():
        item, seen = items.get(keys[listing_id], {}), agreed.get(listing_id)
        unchanged = _unchanged(seen) if seen else PRESENT
        if item and is_divided(listing := listing_from_item(item), units):
            taken = take_units(get_stored(ports.table, listing), sum(units.values()), listing.divided.home_of(order.id))
            writes += _take(ports, listing, taken, unchanged, read_at=seen.version if seen else None)
        elif any(item.get(stock_name(option), 0) < quantity for option, quantity in units.items()):
            raise StockInsufficient
        else:
            enough = _enough(units) & unchanged if seen else _enough(units)
            writes.append(_move_stock(ports, keys[listing_id], _taken(units), enough))
    return writes


def is_divided(listing: Listing, units: Units) -> bool:
    """Whether these units can be on several items: those of a listing without options are divided, those of options are not."""
    return listing.divided.shards > 0 and not any(units)


def _take(ports: HasTable, listing: Listing, taken: Taken, agreed: Condition, read_at: int | None = None) -> list[Update]:
    """Take units of a divided stock from these places. agreed: what must be true of the listing, if its item is written."""
    writes = [
        take_from_shard(listing.id, place, quantity, read_at=read_at)
        for place, quantity in taken.items()
        if place != LISTING_ITEM
    ]
    if LISTING_ITEM in taken:
        units, key = {"": taken[LISTING_ITEM]}, listing_key(listing.circle_id, listing.id)
        writes.append(_move_stock(ports, key, _taken(units), agreed & _enough(units)))
    return writes


def require_unchanged(listing: Listing) -> Check:
    """Return the condition under which a late payment keeps its reserved units."""
    return Check(listing_key(listing.circle_id, listing.id), _unchanged(listing))


def release_stock(ports: HasTable, circle_id: str, listing_id: str, units: Units) -> Update:
    """Give units back, to the item of the listing. The condition fails if the listing was deleted with its circle.

    Those of a divided stock too: so its other items have never more units than were counted, and no unit is hidden.
    """
    return _move_stock(ports, listing_key(circle_id, listing_id), units, PRESENT)


def _unchanged(listing: Listing) -> Condition:
    return Attr("revision").eq(listing.revision) & Attr("on_sale").eq(True)


def _enough(units: Units) -> Condition:
    return reduce(and_, (Attr(stock_name(option)).ge(quantity) for option, quantity in units.items()))


def _taken(units: Units) -> Units:
    return {option: -quantity for option, quantity in units.items()}


def _move_stock(ports: HasTable, key: Key, by: Mapping[str, int], when: Condition) -> Update:
    """Add units and increase the version by one, so that subscribers apply the latest of two stock events."""
    pending = pending_events(ports.new_id, ports.clock(), ListingChanged)
    add = {stock_name(option): quantity for option, quantity in by.items()}
    return Update(key, when, set=pending, add={**add, "version": 1})
