"""Listings and their stock.

Functions that return an Update do not write: their result is one write of a transaction.
"""

from __future__ import annotations

from services.commerce.domain import Listing, ListingKind
from services.commerce.domain.money import Money
from services.commerce.errors import ListingNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import NewId
from services.shared.messaging.events import ListingChanged
from services.shared.messaging.outbox import with_pending_events
from services.shared.table.port import Attr, Condition, Item, Key, Query, Table, Update


def listing_key(circle_id: str, listing_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"LISTING#{listing_id}")


def get_listing(table: Table, circle_id: str, listing_id: str, *, consistent_read: bool = False) -> Listing:
    item = table.get(listing_key(circle_id, listing_id), consistent_read=consistent_read)
    if item is None:
        raise ListingNotFound
    return listing_from_item(item)


def list_listings(table: Table, circle_id: str, limit: int, start: Item | None) -> tuple[list[Listing], Item | None]:
    """Return a page of a circle's listings, on sale or not, newest first."""
    query = Query(pk=f"CIRCLE#{circle_id}", prefix="LISTING#", limit=limit, start=start, newest_first=True)
    page = table.query(query)
    return [listing_from_item(item) for item in page.items], page.next


def reserve_stock(listing: Listing, quantity: int, new_id: NewId) -> Update:
    """Reserve units. The condition fails if too few are left or the listing is no longer what the buyer agreed to."""
    unchanged = Attr("revision").eq(listing.revision) & Attr("on_sale").eq(True)
    return _move_stock(listing.circle_id, listing.id, -quantity, unchanged & Attr("stock").ge(quantity), new_id)


def reserve_stock_again(circle_id: str, listing_id: str, quantity: int, new_id: NewId) -> Update:
    """Reserve units for a late payment, whatever the listing's price is now: the buyer has paid the agreed one."""
    return _move_stock(circle_id, listing_id, -quantity, Attr("stock").ge(quantity), new_id)


def release_stock(circle_id: str, listing_id: str, quantity: int, new_id: NewId) -> Update:
    """Return the units of an expired reservation."""
    return _move_stock(circle_id, listing_id, quantity, Attr("stock").exists(), new_id)


def _move_stock(circle_id: str, listing_id: str, by: int, when: Condition, new_id: NewId) -> Update:
    """Add `by` units and increase the version by one, so that subscribers apply the latest of two stock events."""
    pending = with_pending_events({}, new_id, ListingChanged)
    return Update(listing_key(circle_id, listing_id), when, set=pending, add={"stock": by, "version": 1})


def listing_to_item(listing: Listing) -> Item:
    return {
        **listing_key(listing.circle_id, listing.id).attributes(),
        "id": listing.id,
        "circle_id": listing.circle_id,
        "seller_id": listing.seller_id,
        "kind": str(listing.kind),
        "title": listing.title,
        "amount": listing.price.amount,
        "currency": listing.price.currency,
        "stock": listing.stock,
        "created_at": millis(listing.created_at),
        "version": listing.version,
        "revision": listing.revision,
        "on_sale": listing.on_sale,
    }


def listing_from_item(item: Item) -> Listing:
    return Listing(
        id=item["id"],
        circle_id=item["circle_id"],
        seller_id=item["seller_id"],
        kind=ListingKind(item["kind"]),
        title=item["title"],
        price=Money(item["amount"], item["currency"]),
        stock=item["stock"],
        created_at=from_millis(item["created_at"]),
        version=item["version"],
        revision=item["revision"],
        on_sale=item["on_sale"],
    )
