"""Whether a user can buy a listing: one rule for new orders and for late payments."""

from __future__ import annotations

from functools import partial

from services.commerce.domain import Listing, Order
from services.commerce.domain.party import Parties
from services.commerce.domain.permissions import Action
from services.commerce.errors import BuyerIsSeller, CircleNotFound, ListingNotFound, ListingNotOnSale, MembershipEnded
from services.commerce.repository import circles, listings
from services.commerce.repository.parties import get_parties
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.trading import seller_of
from services.shared.security.trading import Trade, TradeRule, TradingCircle
from services.shared.table.blocks import list_blocked_users


def require_purchase_allowed(ports: Ports, circle_id: str, listing_id: str, buyer_id: str) -> tuple[Listing, Parties]:
    """Require that the user can buy this listing now, and return the listing and the parties of the sale.

    Cost: 4 read units.
    Raises: CircleNotFound, MembershipEnded, ListingNotFound (also if the sale has ended, as the rule of trading says),
    BuyerIsSeller (also by identity), ListingNotOnSale (it is paused).
    """
    now = ports.clock()
    circles.require_member(ports.table, circle_id, buyer_id, Action.BUY, now)
    circle = circles.get_circle(ports.table, circle_id)
    listing = listings.get_listing(ports.table, circle_id, listing_id)
    parties = get_parties(ports.table, buyer_id=buyer_id, seller_id=listing.seller_id, owner_id=circle.owner_id)
    seller = seller_of(circles.find_member(ports.table, circle_id, listing.seller_id), parties.seller.account_status)
    traded_in = TradingCircle(circle.is_read_only(now), parties.owner.account_status)
    blocked = partial(list_blocked_users, ports.table, buyer_id)
    trade = TradeRule.of(now, lambda: traded_in, lambda _: {listing.seller_id: seller}, blocked).evaluate(listing.offer)
    if trade is Trade.ENDED:
        raise ListingNotFound
    if parties.is_own_purchase:
        raise BuyerIsSeller
    if trade is Trade.PAUSED:
        raise ListingNotOnSale
    return listing, parties


def can_buy_late(ports: Ports, order: Order) -> bool:
    """Whether the purchase of an order that was paid late is still allowed, at no higher price."""
    try:
        listing, _ = require_purchase_allowed(ports, order.circle_id, order.listing_id, order.buyer_id)
    except (CircleNotFound, MembershipEnded, ListingNotFound, BuyerIsSeller, ListingNotOnSale):
        return False
    return listing.price.amount <= order.unit_price.amount
