"""Whether a listing can be traded: one rule for the shop, its orders and late payments, and for cards in notes and messages.

The rule is evaluated when a listing is read, from what the reading service knows of the seller and the circle. So a seller who
leaves or is banned needs no write per listing, and the listings are back when the seller is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Self

from services.shared.security.account_status import AccountStatus, SanctionLevel

SHOP_ROLES = frozenset({"owner", "co_owner", "moderator", "buyer"})  # they run the circle's shop
# The roles that can list and sell each kind of listing; None for every member. A kind that is not here is sold by no user.
SELLER_ROLES: Mapping[str, frozenset[str] | None] = {
    "merchant": SHOP_ROLES,
    "pick": frozenset({"buyer"}),
    "own": frozenset({"owner", "co_owner"}),
    "c2c": None,
    "voucher": SHOP_ROLES,
}


class Trade(StrEnum):
    """Whether a listing can be bought.

    open: it can.
    ended: the seller or a moderator took it off sale, the seller is no longer a member or has no longer a role that sells
        the kind, or the reader has blocked the seller.
    paused: the circle is read-only, new, or paused by its members, a sanction of the platform on seller or owner blocks
        sales, or the seller is a minor.
    """

    OPEN = "open"
    ENDED = "ended"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Seller:
    """A seller in a circle. role: empty for a user who is not a member."""

    role: str
    account_status: AccountStatus

    def can_sell(self, kind: str) -> bool:
        """Whether the role permits a listing of this kind, by the table."""
        roles = SELLER_ROLES.get(kind, frozenset())
        return bool(self.role) and (roles is None or self.role in roles)


@dataclass(frozen=True, slots=True)
class TradingCircle:
    """The circle of a listing, with its owner's account status. is_selling: False in its first days, and while sales pause."""

    is_read_only: bool
    owner_account_status: AccountStatus
    is_selling: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """What decides about a listing itself. on_sale: whether its seller sells it, and no moderator has removed it."""

    seller_id: str
    kind: str
    on_sale: bool


@dataclass(frozen=True, slots=True)
class TradeRule:
    """The rule for the listings of one circle and one reader. Its functions read what the service knows, each user once.

    list_blocked: the users that the reader has blocked. sellers: those that were read.
    """

    now: datetime
    find_circle: Callable[[], TradingCircle]
    find_sellers: Callable[[Collection[str]], Mapping[str, Seller]]
    list_blocked: Callable[[], Collection[str]]
    sellers: dict[str, Seller] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        now: datetime,
        find_circle: Callable[[], TradingCircle],
        find_sellers: Callable[[Collection[str]], Mapping[str, Seller]],
        list_blocked: Callable[[], Collection[str]],
    ) -> Self:
        return cls(now, cache(find_circle), find_sellers, cache(list_blocked))

    def is_open(self, offer: Offer) -> bool:
        return self.evaluate(offer) is Trade.OPEN

    def are_open(self, offers: Sequence[Offer]) -> list[bool]:
        """Return for each listing whether it can be bought now. Their sellers are read together."""
        self._add_sellers({offer.seller_id for offer in offers if offer.on_sale})
        return [self.is_open(offer) for offer in offers]

    def evaluate(self, offer: Offer) -> Trade:
        """Return whether the listing can be bought now. One that is off sale needs no read."""
        if not offer.on_sale:
            return Trade.ENDED
        self._add_sellers({offer.seller_id})
        seller = self.sellers[offer.seller_id]
        if not seller.can_sell(offer.kind) or offer.seller_id in self.list_blocked():
            return Trade.ENDED
        circle = self.find_circle()
        statuses = (seller.account_status, circle.owner_account_status)
        is_sanctioned = any(status.at(self.now).includes(SanctionLevel.RESTRICTED) for status in statuses)
        is_circle_paused = circle.is_read_only or not circle.is_selling
        is_paused = is_circle_paused or is_sanctioned or seller.account_status.is_minor(self.now)
        return Trade.PAUSED if is_paused else Trade.OPEN

    def _add_sellers(self, user_ids: set[str]) -> None:
        if missing := user_ids - self.sellers.keys():
            self.sellers.update(self.find_sellers(sorted(missing)))
