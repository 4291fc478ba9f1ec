"""Coupons, as sellers issue them and buyers claim them. Amounts are integers of the minor unit (fen)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from services.commerce.domain import ListingKind
from services.commerce.domain.coupon import MAX_PERCENT, Coupon, CouponTerms
from services.commerce.domain.money import Money
from services.commerce.repository.coupons import ClaimedCoupon
from services.commerce.schemas.listing_requests import Currency, Price
from services.commerce.settings import settings
from services.shared.http.schemas import RequestModel, RequestMoment, ResponseModel
from services.shared.kernel.errors import FieldError, Invalid, ValueInvalid
from services.shared.kernel.limits import at_most
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Text

MinSpend = Annotated[int, Field(ge=0, le=10**11)]
Percent = Annotated[int, Field(ge=1, le=MAX_PERCENT)]
Uses = Annotated[int, Field(ge=1, le=100_000), at_most(lambda: settings().max_coupon_uses)]
UsesPerUser = Annotated[int, Field(ge=1, le=100)]
Kinds = Annotated[list[ListingKind], Field(min_length=1, max_length=len(ListingKind))]


class CouponRequest(RequestModel):
    """A new coupon for the caller's own listings. Its terms never change; it can be ended.

    Without `percent` it takes `amount` off, and `min_spend` must be above it. With `percent` it takes at most `amount` off.
    """

    amount: Price
    currency: Currency
    percent: Percent | None = None
    min_spend: MinSpend = 0
    kinds: Kinds
    max_uses: Uses
    max_uses_per_user: UsesPerUser = 1
    starts_at: RequestMoment | None = None
    ends_at: RequestMoment
    has_code: bool = False

    @model_validator(mode="after")
    def _require_price_above_discount(self) -> CouponRequest:
        if self.percent is None and self.min_spend <= self.amount:
            raise ValueInvalid("must-spend-more-than-discount")
        if self.starts_at and self.ends_at <= self.starts_at:
            raise ValueInvalid("must-end-after-start")
        return self

    def terms(self, now: datetime) -> CouponTerms:
        """Return the terms of a coupon that is issued now. Raises: Invalid (it ends in the past, or too late)."""
        if not now < self.ends_at <= now + settings().max_coupon_lifetime:
            facts = {"days": settings().max_coupon_lifetime.days}
            raise Invalid(fields=(FieldError("/ends_at", "must-be-within-days", facts),))
        return CouponTerms(
            amount=Money(self.amount, self.currency),
            percent=self.percent or 0,
            min_spend=self.min_spend,
            kinds=frozenset(self.kinds),
            max_uses=self.max_uses,
            max_uses_per_user=self.max_uses_per_user,
            starts_at=self.starts_at or now,
            ends_at=self.ends_at,
        )


class CouponCodeRequest(RequestModel):
    """Pasted text that contains the code of one coupon."""

    code: Annotated[str, Text(1000, is_pasted=True)]


class CouponResponse(ResponseModel):
    """A coupon. `uses` is how many orders use it now, of all buyers."""

    coupon_id: str
    circle_id: str
    seller_id: str
    amount: int
    currency: str
    percent: int | None
    min_spend: int
    kinds: list[ListingKind]
    max_uses: int
    max_uses_per_user: int
    uses: int
    starts_at: Moment
    ends_at: Moment
    ended: bool
    has_code: bool
    created_at: Moment

    @classmethod
    def of(cls, coupon: Coupon) -> CouponResponse:
        terms = coupon.terms
        return cls(
            coupon_id=coupon.id,
            circle_id=coupon.circle_id,
            seller_id=coupon.seller_id,
            amount=terms.amount.amount,
            currency=terms.amount.currency,
            percent=terms.percent or None,
            min_spend=terms.min_spend,
            kinds=sorted(terms.kinds),
            max_uses=terms.max_uses,
            max_uses_per_user=terms.max_uses_per_user,
            uses=coupon.uses,
            starts_at=terms.starts_at,
            ends_at=terms.ends_at,
            ended=coupon.ended,
            has_code=not coupon.is_public,
            created_at=coupon.created_at,
        )


class IssuedCouponResponse(ResponseModel):
    """A coupon that was issued, with its code, which no other response has; null without one."""

    coupon: CouponResponse
    code: str | None


class ClaimedCouponResponse(ResponseModel):
    """A coupon that you have claimed. `own_uses` is how many of your orders use it now."""

    coupon: CouponResponse
    own_uses: int
    claimed_at: Moment

    @classmethod
    def of(cls, claimed: ClaimedCoupon) -> ClaimedCouponResponse:
        claim = claimed.claim
        return cls(coupon=CouponResponse.of(claimed.coupon), own_uses=claim.uses, claimed_at=claim.claimed_at)
