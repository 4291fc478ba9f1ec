"""Whether a user can buy listings: one rule for new orders and for late payments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from services.commerce.domain import Listing, Order
from services.commerce.domain.circle import Member
from services.commerce.domain.party import Parties, Party
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
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.trading import is_selling, seller_of
from services.shared.kernel.errors import DomainError, FieldError, SellingNotOpen
from services.shared.security.trading import Trade, TradeRule, TradingCircle

NOT_ALLOWED = (BuyerIsSeller, ListingNotOnSale, SellingNotOpen)


@dataclass(frozen=True, slots=True)
class Purchase:
    """A listing that the buyer can buy, with the parties of the sale."""

    listing: Listing
    parties: Parties


@dataclass(frozen=True, slots=True)
class Purchases:
    """What decides whether a buyer can buy listings of one circle. listings: those that exist, by id.

    require_selling: raises SellingNotOpen if nothing is sold in the circle now.
    """

    rule: TradeRule
    buyer_id: str
    owner_id: str
    listings: Mapping[str, Listing]
    users: Mapping[str, Party]
    require_selling: Callable[[], None]

    def evaluate(self, listing: Listing) -> Trade:
        return self.rule.evaluate(listing.offer)

    def parties_of(self, listing: Listing) -> Parties:
        return Parties(self.users[self.buyer_id], self.users[listing.seller_id], self.users[self.owner_id])

    def require_allowed(self, listing_id: str) -> Purchase:
        """Require that the buyer can buy the listing.

        Raises: ListingNotFound, BuyerIsSeller, SellingNotOpen, ListingNotOnSale.
        """
        listing = self.listings.get(listing_id)
        if listing is None:
            raise ListingNotFound
        trade, parties = self.evaluate(listing), self.parties_of(listing)
        if trade is Trade.ENDED:
            raise ListingNotFound
        if parties.is_own_purchase:
            raise BuyerIsSeller
        if trade is Trade.PAUSED:
            self.require_selling()
            raise ListingNotOnSale
        return Purchase(listing, parties)


def find_purchases(ports: Ports, buyer: Member, listing_ids: Sequence[str]) -> Purchases:
    """Return what decides about the purchase of these listings by a member of their circle.

    Cost: 3.5 read units for one listing; 0.5 for each further one, and 1 per further seller; in 2 requests.
    """
    now, circle_id, buyer_id = ports.clock(), buyer.circle_id, buyer.user_id
    requested = purchasing.get_requested(ports.table, circle_id, buyer_id, listing_ids)
    sellers = dict.fromkeys(listing.seller_id for listing in requested.listings.values())
    owner_id = requested.circle.owner_id
    users = purchasing.get_users(ports.table, circle_id, [buyer_id, owner_id, *sellers], sellers)
    owner_status = users.parties[owner_id].account_status
    statuses = {user_id: users.parties[user_id].account_status for user_id in sellers}
    rule = TradeRule.of(
        now,
        lambda: TradingCircle(requested.circle.is_read_only(now), owner_status, is_selling(requested.circle, now)),
        lambda _: {user_id: seller_of(users.members.get(user_id), status) for user_id, status in statuses.items()},
        lambda: list(requested.blocked),
    )
    require_selling = partial(requested.circle.selling.require_open, settings().selling_starts_after, now)
    return Purchases(rule, buyer_id, owner_id, requested.listings, users.parties, require_selling)


def require_purchases_allowed(ports: Ports, buyer: Member, listing_ids: Sequence[str]) -> list[Purchase]:
    """Require that a member can buy the listing of each line now, and return it with the parties of the sale, by line.

    Cost: as `find_purchases`.
    Raises: ListingNotFound (also if the sale has ended, as the rule of trading says), BuyerIsSeller (also by identity),
    SellingNotOpen (in the circle), ListingNotOnSale (it is paused). The error names the first line that it is of.
    """
    purchases, allowed = find_purchases(ports, buyer, listing_ids), []
    for number, listing_id in enumerate(listing_ids):
        with naming_line(number, of=len(listing_ids)):
            allowed.append(purchases.require_allowed(listing_id))
    return allowed


@contextmanager
def naming_line(number: int, *, of: int, list_name: str = "lines") -> Iterator[None]:
    """Name the entry of a list in the request that an error is of. The error of a single entry has no name."""
    try:
        yield
    except DomainError as error:
        if of > 1:
            error.fields = (FieldError(f"/{list_name}/{number}", "cannot-be-ordered"),)
        raise


def find_late_purchase(ports: Ports, order: Order) -> list[Listing] | None:
    """Return the listings of an order that was paid late, if the purchase is still allowed, at no higher price."""
    try:
        buyer = circles.require_member(ports.table, order.circle_id, order.buyer_id, Action.BUY, ports.clock())
        purchases = require_purchases_allowed(ports, buyer, [line.listing_id for line in order.lines])
        options = [purchase.listing.get_option(line.option_id) for purchase, line in zip(purchases, order.lines, strict=True)]
    except (CircleNotFound, MembershipEnded, ListingNotFound, OptionNotFound, *NOT_ALLOWED):
        return None
    if any(option.price.amount > line.unit_price.amount for option, line in zip(options, order.lines, strict=True)):
        return None
    return list({purchase.listing.id: purchase.listing for purchase in purchases}.values())
