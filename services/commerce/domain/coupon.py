"""Coupons: a discount that a seller gives on orders of their own listings in one circle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.commerce.domain.money import Money
from services.commerce.domain.terms import ListingKind
from services.commerce.errors import CouponInactive, CouponNotApplicable
from services.shared.kernel.clock import next_version

BASIS_POINTS_PER_PERCENT = 100
MAX_PERCENT = 90  # less than 100: an order is never free, because the provider captures no 0


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """What a coupon takes off, and of which orders. They never change, so a buyer pays what they read.

    amount: what it takes off; with a percentage, the most that it takes off.
    percent: of the price of all lines; 0 if it takes the amount off.
    min_spend: the least price of all lines. Without a percentage it is above the amount.
    max_uses, max_uses_per_user: the most orders that use it at the same time, of all buyers and of one.
    ends_at: from then on no order uses it.
    """

    amount: Money
    percent: int
    min_spend: int
    kinds: frozenset[ListingKind]
    max_uses: int
    max_uses_per_user: int
    starts_at: datetime
    ends_at: datetime

    def discount_on(self, price: Money) -> int:
        """Return what the coupon takes off a price. It is less than the price, if the price reaches `min_spend`."""
        if not self.percent:
            return self.amount.amount
        return min(price.share(self.percent * BASIS_POINTS_PER_PERCENT).amount, self.amount.amount)


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon of a seller in a circle. The seller bears the discount: shares and commission are of what is paid.

    code_hash: the keyed hash of its code; empty for a coupon that members claim from the circle's list.
    uses: the orders that use it now. An order that gives it back does not count.
    ended: whether its seller has ended it. Orders that use it keep it. version: a use does not increase it.
    """

    id: str
    circle_id: str
    seller_id: str
    terms: CouponTerms
    created_at: datetime
    version: int
    code_hash: str = ""
    ended: bool = False
    uses: int = 0

    @property
    def is_public(self) -> bool:
        return not self.code_hash

    @property
    def is_used_up(self) -> bool:
        return self.uses >= self.terms.max_uses

    def is_active(self, at: datetime) -> bool:
        return not self.ended and self.terms.starts_at <= at < self.terms.ends_at

    def is_claimable(self, at: datetime) -> bool:
        """Whether a member can claim it: also before its start, so that all can use it from the same moment."""
        return not self.ended and at < self.terms.ends_at

    def end(self, *, at: datetime) -> Coupon:
        """End the coupon for new orders. Unchanged if it has ended."""
        return self if self.ended else replace(self, ended=True, version=next_version(self.version, at))

    def get_discount(self, seller_id: str, kind: ListingKind, price: Money, at: datetime) -> int:
        """Return what it takes off an order. Raises: CouponInactive, CouponNotApplicable."""
        if not self.is_active(at):
            raise CouponInactive
        is_of_order = seller_id == self.seller_id and kind in self.terms.kinds and price.currency == self.terms.amount.currency
        discount = self.terms.discount_on(price)
        if not is_of_order or price.amount < self.terms.min_spend or discount < 1:
            raise CouponNotApplicable
        return discount


@dataclass(frozen=True, slots=True)
class CouponClaim:
    """A buyer's right to use a coupon. uses: the orders of this buyer that use it now."""

    circle_id: str
    coupon_id: str
    buyer_id: str
    claimed_at: datetime
    uses: int = 0


def allocate(discount: int, prices: Sequence[int]) -> tuple[int, ...]:
    """Return the part of a discount that each line bears, pro rata of its price; the parts sum to the discount.

    Each part is rounded down. What is left goes to the lines that lost most by it, the earlier one first among equals
    (largest remainder). No part is above its price if the discount is not above their sum.
    """
    total = sum(prices)
    parts = [discount * price // total for price in prices]
    by_loss = sorted(range(len(prices)), key=lambda line: -(discount * prices[line] % total))
    for line in by_loss[: discount - sum(parts)]:
        parts[line] += 1
    return tuple(parts)
