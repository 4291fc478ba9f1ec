"""Listings, with an index by seller. What orders reserve of them is in stock.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from services.commerce.domain import Listing, ListingKind
from services.commerce.domain.listing import Removal
from services.commerce.domain.money import Money
from services.commerce.errors import ListingNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.audit import AuditTrail, audit_writes
from services.shared.security.take_downs import TakeDowns
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_page_by_parts
from services.shared.table.port import Table, Write
from services.shared.table.versioned import Versioned

LISTER_INDEX = "gsi1"  # beside the orders by seller


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


def listing_to_item(listing: Listing) -> Item:
    """Return the item. Its `on_sale` is what the conditions of orders test: False while the listing is down.

    resumes: that its seller sells it, so that it is on sale again when the take-down or the removal ends.
    """
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
        "on_sale": listing.offer.on_sale,
        **({"resumes": True} if listing.on_sale and not listing.offer.on_sale else {}),
        "gsi1pk": lister_partition(listing.seller_id),
        "gsi1sk": listing.id,
        **_removal_to_item(listing.removal),
        **listing.take_downs.to_item(),
    }


def _removal_to_item(removal: Removal | None) -> Item:
    if removal is None:
        return {}
    stored: Item = {"removed_by": removal.by, "removal_reason": removal.reason, "removed_at": millis(removal.at)}
    stored |= removal.trail.to_item()
    return stored if removal.restored_revision is None else {**stored, "restored_revision": removal.restored_revision}


def _removal_from_item(item: Item) -> Removal | None:
    if "removed_at" not in item:
        return None
    at, trail = from_millis(item["removed_at"]), AuditTrail.from_item(item)
    return Removal(item["removed_by"], item["removal_reason"], at, trail, item.get("restored_revision"))


def removal_writes(listing: Listing, at: datetime) -> list[Write]:
    """Return the audit entry of a removal or of its reversal, and its head to anchor, for the transaction of the act.

    The stream of commerce writes no audit entries.
    """
    return audit_writes(listing_to_item(listing), at)


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
        on_sale=item["on_sale"] or item.get("resumes", False),
        removal=_removal_from_item(item),
        take_downs=TakeDowns.from_item(item),
    )


LISTINGS = EntityStore(listing_to_item, listing_from_item, ListingNotFound, counters=frozenset({"stock"}))
