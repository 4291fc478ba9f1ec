"""Listings, with an index by seller. `listing_items.py` has the attributes of their items, `stock.py` what orders reserve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from services.commerce.domain import Listing
from services.commerce.errors import ListingNotFound
from services.commerce.repository.listing_items import STOCK_NAMES, listing_attributes, listing_from_item, stock_name
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import ListingChanged
from services.shared.messaging.outbox import pending_events
from services.shared.table.entities import EntityStore
from services.shared.table.items import Attr, Item, Key, Query, Update
from services.shared.table.pages import query_page_by_parts
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import Versioned

LISTER_INDEX, LISTING = "gsi1", "LISTING#"  # the index is beside the orders by seller


def lister_partition(seller_id: str) -> str:
    """Return the partition of the index that has the listings of a seller."""
    return f"LISTER#{seller_id}"


def listing_key(circle_id: str, listing_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"{LISTING}{listing_id}")


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
    query = Query(pk=f"CIRCLE#{circle_id}", prefix=LISTING, limit=page.limit, start=page.start, newest_first=True)

    def entries_of(items: Sequence[Item]) -> Iterator[Listing | None]:
        listings = list(map(listing_from_item, items))
        for listing, is_listed in zip(listings, are_listed(listings), strict=True):
            yield listing if is_listed else None

    return query_page_by_parts(table, query, entries_of)


def add_stock(ports: HasTable, before: Item, option_id: str, units: int, maximum: int, requests: str) -> Update:
    """Add units, for the seller. No order conflicts with it: of what orders write, the condition tests the upper bound alone.

    before: the item as it was read. requests: its remembered requests with this one.
    The condition fails if the stock would exceed the maximum, the option is off sale, or a change by the seller came before.
    """
    unchanged = Attr("requests").eq(before["requests"]) if "requests" in before else Attr("requests").not_exists()
    divided = 0 if option_id else before.get("divided", 0)
    fits = Attr(stock_name(option_id)).le(maximum - units - divided)
    same = Attr("revision").eq(before["revision"])
    pending = pending_events(ports.new_id, ports.clock(), ListingChanged)
    added = {stock_name(option_id): units, "version": 1}
    is_large = not option_id and "shards" not in before and listing_from_item(before).must_be_divided(units)
    dividing = {"shards": 0} if is_large else {}
    return Update(Key.of(before), same & unchanged & fits, set={**pending, **dividing, "requests": requests}, add=added)


def listing_to_item(listing: Listing) -> Item:
    key, index = listing_key(listing.circle_id, listing.id), lister_partition(listing.seller_id)
    return {**key.attributes(), **listing_attributes(listing), "gsi1pk": index, "gsi1sk": listing.id}


LISTINGS = EntityStore(listing_to_item, listing_from_item, ListingNotFound, counters=STOCK_NAMES)
