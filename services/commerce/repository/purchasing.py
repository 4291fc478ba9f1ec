"""What decides about a purchase, in three batches: the buyer, what the request names, then sellers and owner."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.commerce.domain import Listing
from services.commerce.domain.address import AddressBook
from services.commerce.domain.circle import Circle, Member
from services.commerce.domain.party import Party
from services.commerce.repository.addresses import address_book_from_item, address_book_key
from services.commerce.repository.circles import circle_from_item, circle_key, member_from_item, member_key
from services.commerce.repository.listing_items import listing_from_item
from services.commerce.repository.listings import listing_key
from services.commerce.repository.parties import party_from_items, party_keys
from services.shared.table.blocks import block_list_from_item, block_list_key
from services.shared.table.pages import get_all
from services.shared.table.port import Table
from services.shared.table.rate_limits import Slot


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who purchases. member: in the circle, in any state. addresses: empty if they were not read."""

    member: Member | None
    addresses: AddressBook


@dataclass(frozen=True, slots=True)
class Requested:
    """What a purchase in a circle names. listings: those that exist, by id. blocked: the users that the buyer has blocked."""

    circle: Circle
    listings: Mapping[str, Listing]
    blocked: Collection[str]


@dataclass(frozen=True, slots=True)
class Users:
    """The users of a purchase. members: of the circle, in any state."""

    parties: Mapping[str, Party]
    members: Mapping[str, Member]


def find_buyer(table: Table, circle_id: str, buyer_id: str, slot: Slot, *, with_addresses: bool = False) -> Buyer:
    """Return a buyer, and load the slot.

    Cost: 1 read unit, in one request; with addresses 3, because a new address must be found.
    """
    of_member, of_book = member_key(circle_id, buyer_id), address_book_key(buyer_id)
    items = get_all(table, [of_member, slot.key, *([of_book] if with_addresses else [])], consistent_read=with_addresses)
    slot.load(items.get(slot.key))
    return Buyer(
        member_from_item(circle_id, buyer_id, items[of_member]) if of_member in items else None,
        address_book_from_item(items[of_book]) if of_book in items else AddressBook(buyer_id),
    )


def get_requested(table: Table, circle_id: str, buyer_id: str, listing_ids: Collection[str]) -> Requested:
    """Return what a member's purchase names. Cost: 1 read unit, and 0.5 per listing, in one request.

    Not in one batch with the membership: what a stranger requests must not depend on what exists.
    """
    of_circle, blocks = circle_key(circle_id), block_list_key(buyer_id)
    keys = {listing_id: listing_key(circle_id, listing_id) for listing_id in listing_ids}
    items = get_all(table, [of_circle, blocks, *keys.values()])
    return Requested(
        circle_from_item(items.get(of_circle)),
        {listing_id: listing_from_item(items[key]) for listing_id, key in keys.items() if key in items},
        block_list_from_item(items.get(blocks)).user_ids,
    )


def get_users(table: Table, circle_id: str, user_ids: Collection[str], seller_ids: Collection[str]) -> Users:
    """Return the users of a purchase. Cost: 0.5 read units per user, and 0.5 per seller, in one request."""
    users, keys = dict.fromkeys(user_ids), {user_id: member_key(circle_id, user_id) for user_id in seller_ids}
    items = get_all(table, [*party_keys(users), *keys.values()])
    members = {user: member_from_item(circle_id, user, items[key]) for user, key in keys.items() if key in items}
    return Users({user: party_from_items(items, user) for user in users}, members)
