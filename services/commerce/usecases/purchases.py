"""Whether a user can buy a listing: one rule for new orders and for late payments."""

from __future__ import annotations

from services.commerce.domain import Listing, Order
from services.commerce.domain.party import Parties
from services.commerce.domain.permissions import Action
from services.commerce.errors import BuyerIsSeller, CircleNotFound, ListingNotFound, ListingNotOnSale, MembershipEnded
from services.commerce.repository import circles, listings
from services.commerce.repository.parties import get_parties
from services.commerce.usecases.ports import Ports


def require_purchase_allowed(ports: Ports, circle_id: str, listing_id: str, buyer_id: str) -> tuple[Listing, Parties]:
    """Require that the user can buy this listing now, and return the listing and the parties of the sale.

    Cost: 3.5 read units.
    Raises: CircleNotFound, MembershipEnded, ListingNotFound, BuyerIsSeller (also by identity), ListingNotOnSale.
    """
    now = ports.clock()
    circles.require_member(ports.table, circle_id, buyer_id, Action.BUY, now)
    circle = circles.get_circle(ports.table, circle_id)
    listing = listings.get_listing(ports.table, circle_id, listing_id)
    circles.require_seller_is_member(ports.table, circle_id, listing.seller_id)
    if not listing.on_sale:
        raise ListingNotFound
    parties = get_parties(ports.table, buyer_id=buyer_id, seller_id=listing.seller_id, owner_id=circle.owner_id)
    if parties.is_own_purchase:
        raise BuyerIsSeller
    if circle.is_read_only(now) or parties.seller.is_payout_blocked(now) or parties.owner.is_payout_blocked(now):
        raise ListingNotOnSale
    return listing, parties


def can_buy_late(ports: Ports, order: Order) -> bool:
    """Whether the purchase of an order that was paid late is still allowed, at no higher price."""
    try:
        listing, _ = require_purchase_allowed(ports, order.circle_id, order.listing_id, order.buyer_id)
    except (CircleNotFound, MembershipEnded, ListingNotFound, BuyerIsSeller, ListingNotOnSale):
        return False
    return listing.price.amount <= order.unit_price.amount
