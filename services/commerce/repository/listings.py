"""Listings and their stock, with an index by seller. `listing_items.py` has the attributes of their items.

Functions that return an Update do not write: their result is one write of a transaction, one per listing.
units: how many units of each option, by its id; the listing itself has an empty id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce

from services.commerce.domain import Listing
from services.commerce.errors import ListingNotFound
from services.commerce.repository.listing_items import (
    STOCK_NAMES,
    amount_name,
    listing_attributes,
    listing_from_item,
    stock_name,
)
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import ListingChanged
from services.shared.messaging.outbox import pending_events
from services.shared.table.entities import EntityStore
from services.shared.table.items import Attr, Check, Condition, Item, Key, Query, Update
from services.shared.table.pages import query_page_by_parts
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import Versioned

LISTER_INDEX = "gsi1"  # beside the orders by seller
Units = Mapping[str, int]


def lister_partition(seller_id: str) -> str:
    """Return the partition of the index that has the listings of a seller."""
    return f"LISTER#{seller_id}"


def listing_key(circle_id: str, listing_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"LISTING#{listing_id}")


def get_listing(table: Table, circle_id: str, listing_id: str) -> Listing:
    return LISTINGS.get(table, listing_key(circle_id, listing_id))


def load_listing(table: Table, circle_id: str, listing_id: str) -> Versioned[Listing]:
    return LISTINGS.load(table, listing_key(circle_id, listing_id))


def load_own_listing(table: Table, circle_id: str, listing_id: str, seller_id: str) -> Versioned[Listing]:
    """Load a listing for its seller. Raises: ListingNotFound (also for another user)."""
    loaded = load_listing(table, circle_id, listing_id)
    if loaded.entity.seller_id != seller_id:
        raise ListingNotFound
    return loaded


def list_listings(
    table: Table, circle_id: str, page: PageRequest, are_listed: Callable[[Sequence[Listing]], Iterable[bool]]
) -> Page[Listing]:
    """Return a page of a circle's listings that are listed, newest first."""
    query = Query(pk=f"CIRCLE#{circle_id}", prefix="LISTING#", limit=page.limit, start=page.start, newest_first=True)

    def entries_of(items: Sequence[Item]) -> Iterator[Listing | None]:
        listings = list(map(listing_from_item, items))
        for listing, is_listed in zip(listings, are_listed(listings), strict=True):
            yield listing if is_listed else None

    return query_page_by_parts(table, query, entries_of)


def is_in_stock(table: Table, circle_id: str, listing_id: str, units: Units) -> bool:
    """Whether the units of an expired order can be reserved again."""
    item = table.get(listing_key(circle_id, listing_id), consistent_read=True)
    return item is not None and all(item.get(stock_name(option_id), 0) >= units[option_id] for option_id in units)


def reserve_stock(ports: HasTable, listing: Listing, units: Units) -> Update:
    """Reserve units. The condition fails if too few are left or the listing is no longer what the buyer agreed to."""
    unchanged = Attr("revision").eq(listing.revision) & Attr("on_sale").eq(True)
    return _move_stock(ports, listing.circle_id, listing.id, units, unchanged & _has_units(units), by=-1)


def reserve_stock_again(
    ports: HasTable, circle_id: str, listing_id: str, units: Units, max_amounts: Units | None = None
) -> Update:
    """Reserve units for the payment of an expired order. The condition fails if too few are left.

    max_amounts: of a late payment, what was paid per unit of each option. Then the condition also fails if the listing or the
    option is off sale, or the price is higher.
    """
    enough = _has_units(units)
    when = enough if max_amounts is None else _is_on_sale(max_amounts) & enough
    return _move_stock(ports, circle_id, listing_id, units, when, by=-1)


def require_same_sale(circle_id: str, listing_id: str, max_amounts: Units) -> Check:
    """Return the condition under which a late payment keeps its reserved units. max_amounts: paid per unit of each option."""
    return Check(listing_key(circle_id, listing_id), _is_on_sale(max_amounts))


def release_stock(ports: HasTable, circle_id: str, listing_id: str, units: Units) -> list[Update]:
    """Return the write that gives units back; none if the listing was deleted with its circle.

    Units of an option that was withdrawn stay with it.
    Cost: half a read unit.
    """
    if ports.table.get(listing_key(circle_id, listing_id)) is None:
        return []
    exist = _all(Attr(stock_name(option_id)).exists() for option_id in units)
    return [_move_stock(ports, circle_id, listing_id, units, exist, by=1)]


def add_stock(ports: HasTable, before: Item, option_id: str, units: int, maximum: int, requests: str) -> Update:
    """Add units, for the seller. No order conflicts with it: of what orders write, the condition tests the upper bound alone.

    before: the item as it was read. requests: its remembered requests with this one.
    The condition fails if the stock would exceed the maximum, the option is off sale, or a change by the seller came before.
    """
    unchanged = Attr("requests").eq(before["requests"]) if "requests" in before else Attr("requests").not_exists()
    fits = Attr(stock_name(option_id)).le(maximum - units)
    same = Attr("revision").eq(before["revision"])
    pending = pending_events(ports.new_id, ports.clock(), ListingChanged)
    added = {stock_name(option_id): units, "version": 1}
    return Update(Key.of(before), same & unchanged & fits, set={**pending, "requests": requests}, add=added)


def _has_units(units: Units) -> Condition:
    return _all(Attr(stock_name(option_id)).ge(quantity) for option_id, quantity in units.items())


def _is_on_sale(max_amounts: Units) -> Condition:
    """The condition that these options are on sale at no higher price. A withdrawn option has no price to compare."""
    prices = (Attr(amount_name(option_id)).le(amount) for option_id, amount in max_amounts.items())
    # A listing that got options since has the lowest of their prices as its own, and is not bought without one.
    without_options = (Attr("options").not_exists() for option_id in max_amounts if not option_id)
    return _all((Attr("on_sale").eq(True), *prices, *without_options))


def _all(conditions: Iterable[Condition]) -> Condition:
    return reduce(Condition.__and__, conditions)


def _move_stock(ports: HasTable, circle_id: str, listing_id: str, units: Units, when: Condition, *, by: int) -> Update:
    """Add `by` times the units, and increase the version by one, so that subscribers apply the latest of two stock events."""
    pending = pending_events(ports.new_id, ports.clock(), ListingChanged)
    moved = {stock_name(option_id): by * quantity for option_id, quantity in units.items()}
    return Update(listing_key(circle_id, listing_id), when, set=pending, add={**moved, "version": 1})


def listing_to_item(listing: Listing) -> Item:
    key, index = listing_key(listing.circle_id, listing.id), lister_partition(listing.seller_id)
    return {**key.attributes(), **listing_attributes(listing), "gsi1pk": index, "gsi1sk": listing.id}


LISTINGS = EntityStore(listing_to_item, listing_from_item, ListingNotFound, counters=STOCK_NAMES)
