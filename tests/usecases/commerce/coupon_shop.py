"""A shop in which Mei issues coupons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, Order
from services.commerce.domain.coupon import Coupon, CouponTerms
from services.commerce.domain.money import Money
from services.commerce.domain.order_line import LineRequest
from services.commerce.repository.coupons import claim_key, coupon_key
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, MEI
from tests.usecases.commerce.bazaar import Bazaar

KINDS = frozenset({ListingKind.C2C, ListingKind.MERCHANT})


class CouponShop(Bazaar):
    """A bazaar with coupons of Mei. By default, one takes 20.00 off an order of 100.00 or more, once."""

    def terms(self, amount: int = 2_000, **more: Any) -> CouponTerms:
        now = self.simulation.clock()
        terms: dict[str, Any] = {
            "percent": 0,
            "min_spend": 10_000,
            "kinds": KINDS,
            "max_uses": 1,
            "max_uses_per_user": 1,
            "starts_at": now,
            "ends_at": now + timedelta(days=30),
        }
        return CouponTerms(Money(amount, "CNY"), **{**terms, **more})

    def issue(self, seller: Caller = MEI, key: IdempotencyKey | None = None, **terms: Any) -> Coupon:
        coupon, code = commerce.issue_coupon(
            self.ports, seller, self.circle_id, key or self.new_key(seller), self.terms(**terms), has_code=False
        )
        assert code == ""
        return coupon

    def issue_with_code(self, key: IdempotencyKey | None = None, **terms: Any) -> tuple[Coupon, str]:
        at = self.ports, MEI, self.circle_id, key or self.new_key(MEI)
        return commerce.issue_coupon(*at, self.terms(**terms), has_code=True)

    def claim(self, coupon: Coupon, buyer: Caller = HAO) -> Coupon:
        return commerce.claim_coupon(self.ports, buyer, self.circle_id, coupon.id).coupon

    def claimed(self, buyer: Caller = HAO, **terms: Any) -> Coupon:
        """Return a new coupon that a buyer has claimed."""
        return self.claim(self.issue(**terms), buyer)

    def order_with(
        self, coupon: Coupon | None, buyer: Caller = HAO, quantity: int = 1, key: IdempotencyKey | None = None
    ) -> Order:
        wanted: dict[str, Any] = {"listing_id": self.listing.id, "revision": self.listing.revision, "quantity": quantity}
        coupon_id = coupon.id if coupon else ""
        at = self.ports, buyer, self.circle_id, key or self.new_key(buyer)
        return commerce.place_order(*at, **wanted, coupon_id=coupon_id)

    def check_out_with(self, coupons: list[Coupon], *wanted: tuple[Listing, int], buyer: Caller = HAO) -> list[Order]:
        lines = [LineRequest(listing.id, listing.revision, quantity) for listing, quantity in wanted]
        at = self.ports, buyer, self.circle_id, self.new_key(buyer)
        return commerce.check_out(*at, lines, coupon_ids=[coupon.id for coupon in coupons])

    def uses_of(self, coupon: Coupon, buyer: Caller = HAO) -> tuple[int, int]:
        """Return how many orders use a coupon: of all buyers, and of one."""
        table = self.simulation.commerce_table
        keys = coupon_key(coupon.circle_id, coupon.id), claim_key(buyer.user_id, coupon.circle_id, coupon.id)
        of_coupon, of_buyer = (table.get(key, consistent_read=True) or {"uses": -1} for key in keys)
        return of_coupon["uses"], of_buyer["uses"]
