"""What decides about a purchase, read in two batches: what the request names, then sellers and owner of what was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.commerce.domain import Listing
from services.commerce.domain.circle import Circle, Member
from services.commerce.domain.party import Party
from services.commerce.repository.circles import circle_from_item, circle_key, member_from_item, member_key
from services.commerce.repository.listings import listing_from_item, listing_key
from services.commerce.repository.parties import party_from_items, party_keys
from services.shared.table.blocks import block_list_from_item, block_list_key
from services.shared.table.pages import get_all
from services.shared.table.port import Table
from services.shared.table.rate_limits import Slot


@dataclass(frozen=True, slots=True)
class Requested:
    """What a purchase in a circle names. listings: those that exist, by id. blocked: the users that the buyer has blocked."""

    circle: Circle
    buyer: Member | None
    listings: Mapping[str, Listing]
    blocked: Collection[str]


@dataclass(frozen=True, slots=True)
class Users:
    """The users of a purchase. members: of the circle, in any state."""

    parties: Mapping[str, Party]
    members: Mapping[str, Member]


def get_requested(
    table: Table, circle_id: str, buyer_id: str, listing_ids: Collection[str], slot: Slot | None = None
) -> Requested:
    """Return what a purchase names, and load the slot. Cost: 1.5 read units, and 0.5 per listing and slot, in one request."""
    of_buyer, of_circle, blocks = member_key(circle_id, buyer_id), circle_key(circle_id), block_list_key(buyer_id)
    keys = {listing_id: listing_key(circle_id, listing_id) for listing_id in listing_ids}
    items = get_all(table, [of_buyer, of_circle, blocks, *keys.values(), *([slot.key] if slot else [])])
    if slot:
        slot.load(items.get(slot.key))
    return Requested(
        circle_from_item(items.get(of_circle)),
        member_from_item(circle_id, buyer_id, items[of_buyer]) if of_buyer in items else None,
        {listing_id: listing_from_item(items[key]) for listing_id, key in keys.items() if key in items},
        block_list_from_item(items.get(blocks)).user_ids,
    )


def get_users(table: Table, circle_id: str, user_ids: Collection[str], seller_ids: Collection[str]) -> Users:
    """Return the users of a purchase. Cost: 0.5 read units per user, and 0.5 per seller, in one request."""
    users, keys = dict.fromkeys(user_ids), {user_id: member_key(circle_id, user_id) for user_id in seller_ids}
    items = get_all(table, [*party_keys(users), *keys.values()])
    members = {user: member_from_item(circle_id, user, items[key]) for user, key in keys.items() if key in items}
    return Users({user: party_from_items(items, user) for user in users}, members)
