"""The coupon of the filled circle: Mei issues it, and Hao claims it."""

from __future__ import annotations

from datetime import timedelta

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.coupon import CouponTerms
from services.commerce.domain.money import Money
from services.shared.kernel.ids import IdempotencyKey
from tests.kill.actions import CIRCLE, HAO, MEI


def claim_coupon(ports: commerce.Ports, key: IdempotencyKey) -> None:
    now = ports.clock()
    terms = CouponTerms(Money(100, "CNY"), 0, 101, frozenset({ListingKind.C2C}), 5, 1, now, now + timedelta(days=30))
    coupon, _ = commerce.issue_coupon(ports, MEI, CIRCLE, key, terms, has_code=False)
    commerce.claim_coupon(ports, HAO, CIRCLE, coupon.id)
