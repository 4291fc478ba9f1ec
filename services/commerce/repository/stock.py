"""The stock that orders reserve and give back. One update per listing, whatever the number of its options.

Functions that return writes do not write: their result is a part of a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import and_

from services.commerce.domain import Listing, Order
from services.commerce.domain.order_line import Units
from services.commerce.repository.listings import listing_key
from services.shared.messaging.events import ListingChanged
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import PRESENT, Attr, Check, Condition, Key, Update
from services.shared.table.pages import get_all
from services.shared.table.port import HasTable, Table


def stock_attribute(option_id: str) -> str:
    """Return the attribute of the listing's item that has the units of an option that no order has reserved."""
    return f"stock_{option_id}" if option_id else "stock"


def are_in_stock(table: Table, order: Order) -> bool:
    """Whether the units of an expired order can be reserved again."""
    keys = [listing_key(order.circle_id, listing_id) for listing_id in order.units]
    items = get_all(table, keys, consistent_read=True)
    wanted = ((key, stock_attribute(option), quantity) for key, option, quantity in _each_option(order))
    return all(items.get(key, {}).get(name, 0) >= quantity for key, name, quantity in wanted)


def _each_option(order: Order) -> list[tuple[Key, str, int]]:
    return [
        (listing_key(order.circle_id, listing_id), option, quantity)
        for listing_id, units in order.units.items()
        for option, quantity in units.items()
    ]


def reserve_stock(ports: HasTable, listing: Listing, units: Units) -> Update:
    """Reserve units. The condition fails if too few are left or the listing is no longer what the buyer agreed to."""
    return _move_stock(ports, listing_key(listing.circle_id, listing.id), _taken(units), _unchanged(listing) & _enough(units))


def require_unchanged(listing: Listing) -> Check:
    """Return the condition under which a late payment keeps its reserved units."""
    return Check(listing_key(listing.circle_id, listing.id), _unchanged(listing))


def reserve_stock_again(ports: HasTable, order: Order) -> list[Update]:
    """Reserve the units of an expired order that was paid in time. The condition fails if too few are left."""
    return [
        _move_stock(ports, listing_key(order.circle_id, listing_id), _taken(units), _enough(units))
        for listing_id, units in order.units.items()
    ]


def release_stock(ports: HasTable, circle_id: str, listing_id: str, units: Units) -> Update:
    """Give units back. The condition fails if the listing was deleted with its circle."""
    return _move_stock(ports, listing_key(circle_id, listing_id), units, PRESENT)


def _unchanged(listing: Listing) -> Condition:
    return Attr("revision").eq(listing.revision) & Attr("on_sale").eq(True)


def _enough(units: Units) -> Condition:
    return reduce(and_, (Attr(stock_attribute(option)).ge(quantity) for option, quantity in units.items()))


def _taken(units: Units) -> Units:
    return {option: -quantity for option, quantity in units.items()}


def _move_stock(ports: HasTable, key: Key, by: Mapping[str, int], when: Condition) -> Update:
    """Add units and increase the version by one, so that subscribers apply the latest of two stock events."""
    pending = pending_events(ports.new_id, ports.clock(), ListingChanged)
    add = {stock_attribute(option): quantity for option, quantity in by.items()}
    return Update(key, when, set=pending, add={**add, "version": 1})
