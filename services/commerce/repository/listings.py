"""Listings of a circle, and commerce's own view of circles and their members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.commerce.domain import Kind, Listing
from services.commerce.domain.money import Money
from services.commerce.errors import CircleNotFound, ListingNotFound, NoLongerMember
from services.shared.kernel.clock import parse, rfc3339
from services.shared.kernel.ids import NewId
from services.shared.messaging.events import ListingChanged
from services.shared.messaging.outbox import with_pending_events
from services.shared.table.port import (
    Attr,
    Condition,
    Item,
    Key,
    Page,
    Query,
    Table,
    Update,
)
from services.shared.table.queries import put_if_newer


@dataclass(frozen=True, slots=True)
class Participant:
    """A person in a circle, as circles tells it."""

    circle_id: str
    user_id: str
    role: str
    standing: str


def participant_key(circle_id: str, user_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"MEMBER#{user_id}")


def require_participant(table: Table, circle_id: str, user_id: str, *, buying: bool = False) -> Participant:
    """The membership every use case inside a circle begins with. Whoever was in and is out gets, when buying, a reason;
    whoever waits to be let in has not been told of the shop."""
    item = table.get(participant_key(circle_id, user_id))
    if item is None:
        raise CircleNotFound
    participant = Participant(circle_id, user_id, item["role"], item["standing"])
    if participant.standing != "member":
        raise NoLongerMember if buying and participant.standing != "pending" else CircleNotFound
    return participant


def keep_participant(table: Table, participant: Participant, version: int) -> None:
    """Take over a membership if it is newer. The row is never deleted."""
    item = {
        **participant_key(participant.circle_id, participant.user_id).attributes(),
        "role": participant.role,
        "standing": participant.standing,
        "version": version,
    }
    put_if_newer(table, item)


@dataclass(frozen=True, slots=True)
class Market:
    """A circle as circles tells of it: whose it is, and until when nothing is sold in it (None: not at all while `closed`)."""

    owner: str = ""
    closed: bool = False
    until: datetime | None = None

    def is_closed(self, at: datetime) -> bool:
        return self.closed and (self.until is None or at < self.until)


def keep_market(table: Table, circle_id: str, market: Market, version: int) -> None:
    item = {
        "pk": f"CIRCLE#{circle_id}",
        "sk": "CIRCLE",
        "owner": market.owner,
        "closed": market.closed,
        "until": rfc3339(market.until) if market.until else None,
        "version": version,
    }
    put_if_newer(table, item)


def find_market(table: Table, circle_id: str) -> Market:
    """An empty one while its event has not come."""
    item = table.get(Key(f"CIRCLE#{circle_id}", "CIRCLE"))
    if item is None:
        return Market()
    return Market(item["owner"], item["closed"], parse(item["until"]) if item["until"] else None)


def listing_key(circle_id: str, listing_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"LISTING#{listing_id}")


def find_listing(table: Table, circle_id: str, listing_id: str, *, consistent_read: bool = False) -> Listing:
    item = table.get(listing_key(circle_id, listing_id), consistent_read=consistent_read)
    if item is None:
        raise ListingNotFound
    return listing_from_item(item)


def require_seller(table: Table, listing: Listing) -> None:
    """Whoever is out of the circle sells nothing in it any more."""
    item = table.get(participant_key(listing.circle_id, listing.seller))
    if item is None or item["standing"] != "member":
        raise ListingNotFound


def list_listings(table: Table, circle_id: str, limit: int, start: Item | None) -> Page:
    return table.query(Query(pk=f"CIRCLE#{circle_id}", prefix="LISTING#", limit=limit, start=start, newest_first=True))


def take_stock(listing: Listing, quantity: int, new_id: NewId) -> Update:
    """Reserve units on the condition that they are there and that the listing is still what was agreed to."""
    same = Attr("revision").eq(listing.revision) & Attr("on_sale").eq(True)
    return _move_stock(listing.circle_id, listing.id, -quantity, same & Attr("stock").ge(quantity), new_id)


def retake_stock(circle_id: str, listing_id: str, quantity: int, new_id: NewId) -> Update:
    """Reserve again for a late payment: at the price that was paid, whatever it is now."""
    return _move_stock(circle_id, listing_id, -quantity, Attr("stock").ge(quantity), new_id)


def return_stock(circle_id: str, listing_id: str, quantity: int, new_id: NewId) -> Update:
    return _move_stock(circle_id, listing_id, quantity, Attr("stock").exists(), new_id)


def _move_stock(circle_id: str, listing_id: str, by: int, when: Condition, new_id: NewId) -> Update:
    """The version moves by one with the stock, so that readers of the event take the later."""
    carried = with_pending_events({}, new_id, ListingChanged)
    return Update(listing_key(circle_id, listing_id), when, set=carried, add={"stock": by, "version": 1})


def listing_to_item(listing: Listing) -> Item:
    return {
        **listing_key(listing.circle_id, listing.id).attributes(),
        "id": listing.id,
        "circle_id": listing.circle_id,
        "seller": listing.seller,
        "kind": str(listing.kind),
        "title": listing.title,
        "amount": listing.price.amount,
        "currency": listing.price.currency,
        "stock": listing.stock,
        "created_at": rfc3339(listing.created_at),
        "version": listing.version,
        "revision": listing.revision,
        "on_sale": listing.on_sale,
    }


def listing_from_item(item: Item) -> Listing:
    return Listing(
        id=item["id"],
        circle_id=item["circle_id"],
        seller=item["seller"],
        kind=Kind(item["kind"]),
        title=item["title"],
        price=Money(item["amount"], item["currency"]),
        stock=item["stock"],
        created_at=parse(item["created_at"]),
        version=item["version"],
        revision=item["revision"],
        on_sale=item["on_sale"],
    )
