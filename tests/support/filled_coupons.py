"""The coupon of the filled circle, which Mei issues and Hao claims, and the carts of its members."""

from __future__ import annotations

from datetime import timedelta

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.cart import CartLine
from services.commerce.domain.coupon import CouponTerms
from services.commerce.domain.money import Money
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from tests.kill.actions import CIRCLE, HAO, MEI


def claim_coupon(ports: commerce.Ports, key: IdempotencyKey) -> None:
    now = ports.clock()
    terms = CouponTerms(Money(100, "CNY"), 0, 101, frozenset({ListingKind.C2C}), 5, 1, now, now + timedelta(days=30))
    coupon, _ = commerce.issue_coupon(ports, MEI, CIRCLE, key, terms, has_code=False)
    commerce.claim_coupon(ports, HAO, CIRCLE, coupon.id)


def fill_cart(ports: commerce.Ports, buyer: Caller, change: ChangeRequest, listing_id: str) -> None:
    """Put 2 units of a listing in the buyer's cart."""
    commerce.put_cart(ports, buyer, CIRCLE, [CartLine(listing_id, "", 2)], change)
