"""The pages of listings, and a listing with its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.commerce.domain import Listing, ListingPage
from services.commerce.errors import ListingNotFound
from services.commerce.repository.listing_items import listing_from_item
from services.commerce.repository.listings import listing_key
from services.shared.kernel.errors import Unavailable
from services.shared.pictures.checks import picture_from_list, picture_to_list
from services.shared.table.entities import EntityStore
from services.shared.table.items import Delete, Item, Key, Put
from services.shared.table.pages import get_all
from services.shared.table.port import Table, Write

PAGE = "PAGE#"  # the prefix of the sort keys
MAX_READS = 3


class PageView(NamedTuple):
    """A listing with its page."""

    listing: Listing
    page: ListingPage


def page_key(circle_id: str, listing_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"{PAGE}{listing_id}")


def get_view(table: Table, circle_id: str, listing_id: str) -> PageView:
    """Return a listing with the page that belongs to its revision. They are read together, in one request.

    A change between the two reads gives pages of different revisions: then both are read again.
    Cost: 1 read unit, and more for a long page.
    Raises: ListingNotFound, Unavailable (the listing changed during each read).
    """
    keys = [listing_key(circle_id, listing_id), page_key(circle_id, listing_id)]
    for read in range(MAX_READS):
        items = table.get_many(keys, consistent_read=read > 0)
        if keys[0] not in items:
            raise ListingNotFound
        listing = listing_from_item(items[keys[0]])
        page = page_from_item(items[keys[1]]) if keys[1] in items else empty_page(listing)
        if listing.has_page(page):
            return PageView(listing, page)
    raise Unavailable(retry_after=1)


def find_page(table: Table, circle_id: str, listing_id: str) -> ListingPage | None:
    """Return a page as it is now."""
    return PAGES.find(table, page_key(circle_id, listing_id), consistent_read=True)


def get_page(table: Table, listing: Listing) -> ListingPage:
    """Return the page of a listing, or an empty one. Cost: 1 read unit per 4 KB; none without a page."""
    page = find_page(table, listing.circle_id, listing.id) if listing.page_revision else None
    return page or empty_page(listing)


def find_pages(table: Table, listings: Sequence[Listing]) -> dict[str, ListingPage]:
    """Return the pages of these listings by listing id, read together."""
    keys = {listing.id: page_key(listing.circle_id, listing.id) for listing in listings if listing.page_revision}
    items = get_all(table, list(keys.values()))
    return {listing_id: page_from_item(items[key]) for listing_id, key in keys.items() if key in items}


def empty_page(listing: Listing) -> ListingPage:
    return ListingPage(listing.id, listing.circle_id, listing.seller_id, is_hidden=listing.is_hidden)


def page_writes(page: ListingPage) -> list[Write]:
    """Return the write that stores or deletes a page, for the transaction of its listing: that has the condition for both."""
    key = page_key(page.circle_id, page.listing_id)
    return [Delete(key, None) if page.is_empty else Put(page_to_item(page), None)]


def page_to_item(page: ListingPage) -> Item:
    item: Item = {
        **page_key(page.circle_id, page.listing_id).attributes(),
        "seller_id": page.seller_id,
        "description": page.description,
        "revision": page.revision,
    }
    if page.pictures:
        item["pictures"] = list(map(picture_to_list, page.pictures))
    return item | ({"hidden": True} if page.is_hidden else {})


def page_from_item(item: Item) -> ListingPage:
    key = Key.of(item)
    return ListingPage(
        listing_id=key.sk.removeprefix(PAGE),
        circle_id=key.pk.removeprefix("CIRCLE#"),
        seller_id=item["seller_id"],
        description=item["description"],
        pictures=tuple(map(picture_from_list, item.get("pictures", ()))),
        revision=item["revision"],
        is_hidden=item.get("hidden", False),
    )


PAGES = EntityStore(page_to_item, page_from_item, ListingNotFound)
