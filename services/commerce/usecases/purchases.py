"""Whether a user can buy listings: one rule for new orders and for late payments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from services.commerce.domain import Listing, Order
from services.commerce.domain.party import Parties
from services.commerce.domain.permissions import Action
from services.commerce.errors import (
    BuyerIsSeller,
    CircleNotFound,
    ListingNotFound,
    ListingNotOnSale,
    MembershipEnded,
    OptionNotFound,
)
from services.commerce.repository import circles, purchasing
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.trading import seller_of
from services.shared.kernel.errors import DomainError, FieldError
from services.shared.security.trading import Trade, TradeRule, TradingCircle


@dataclass(frozen=True, slots=True)
class Purchase:
    """A listing that the buyer can buy, with the parties of the sale."""

    listing: Listing
    parties: Parties


def require_purchases_allowed(ports: Ports, circle_id: str, listing_ids: Sequence[str], buyer_id: str) -> list[Purchase]:
    """Require that the user can buy the listing of each line now, and return it with the parties of the sale, by line.

    Cost: 4 read units for one listing; 0.5 for each further one, and 1 per further seller; in 2 requests.
    Raises: CircleNotFound, MembershipEnded, ListingNotFound (also if the sale has ended, as the rule of trading says),
    BuyerIsSeller (also by identity), ListingNotOnSale (it is paused). The error names the first line that it is of.
    """
    now, requested = ports.clock(), purchasing.get_requested(ports.table, circle_id, buyer_id, dict.fromkeys(listing_ids))
    circles.require_membership(requested.buyer, Action.BUY, now)
    found = requested.listings
    sellers = dict.fromkeys(listing.seller_id for listing in found.values())
    owner_id = requested.circle.owner_id
    users = purchasing.get_users(ports.table, circle_id, [buyer_id, owner_id, *sellers], sellers)
    owner = users.parties[owner_id]
    statuses = {user_id: users.parties[user_id].account_status for user_id in sellers}
    rule = TradeRule.of(
        now,
        lambda: TradingCircle(requested.circle.is_read_only(now), owner.account_status),
        lambda _: {user_id: seller_of(users.members.get(user_id), status) for user_id, status in statuses.items()},
        lambda: list(requested.blocked),
    )
    purchases = []
    for number, listing_id in enumerate(listing_ids):
        with naming_line(number, of=len(listing_ids)):
            listing = found.get(listing_id)
            if listing is None:
                raise ListingNotFound
            parties = Parties(users.parties[buyer_id], users.parties[listing.seller_id], owner)
            _require_allowed(rule.evaluate(listing.offer), parties)
            purchases.append(Purchase(listing, parties))
    return purchases


def _require_allowed(trade: Trade, parties: Parties) -> None:
    if trade is Trade.ENDED:
        raise ListingNotFound
    if parties.is_own_purchase:
        raise BuyerIsSeller
    if trade is Trade.PAUSED:
        raise ListingNotOnSale


@contextmanager
def naming_line(number: int, *, of: int) -> Iterator[None]:
    """Name the line of a request that an error is of. The error of a single line has no name."""
    try:
        yield
    except DomainError as error:
        if of > 1:
            error.fields = (FieldError(f"/lines/{number}", "cannot-be-ordered"),)
        raise


def find_late_purchase(ports: Ports, order: Order) -> list[Listing] | None:
    """Return the listings of an order that was paid late, if the purchase is still allowed, at no higher price."""
    try:
        purchases = require_purchases_allowed(ports, order.circle_id, [line.listing_id for line in order.lines], order.buyer_id)
        options = [purchase.listing.get_option(line.option_id) for purchase, line in zip(purchases, order.lines, strict=True)]
    except (CircleNotFound, MembershipEnded, ListingNotFound, OptionNotFound, BuyerIsSeller, ListingNotOnSale):
        return None
    if any(option.price.amount > line.unit_price.amount for option, line in zip(options, order.lines, strict=True)):
        return None
    return list({purchase.listing.id: purchase.listing for purchase in purchases}.values())
