"""The rules of the state machine of orders about coupons: orders use one, give it back, and use it again when they are paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis.stateful import initialize, rule

from services.commerce import usecases as commerce
from services.commerce.domain.coupon import CouponTerms
from services.commerce.domain.money import Money
from services.commerce.errors import CouponInactive, CouponNotApplicable, CouponUsedUp
from services.commerce.repository.coupons import coupon_key
from services.shared.kernel.errors import DomainError
from services.shared.security.auth import Caller
from simulation.setup.commerce import MEI
from tests.usecases.commerce.order_model import ExpectedOrder
from tests.usecases.commerce.payment_rules import BUYERS, FAULTS
from tests.usecases.commerce.refund_rules import RefundRules

PERCENT, MAX_DISCOUNT, MAX_USES, MAX_USES_PER_USER = 33, 5_000, 3, 2


class CouponRules(RefundRules):
    """One coupon of Mei, which every buyer has claimed, until a rule ends it."""

    @initialize()
    def prepare(self) -> None:
        self.coupon_id, self.has_ended = "", False

    def require_coupon(self) -> None:
        """Issue the coupon, and claim it for every buyer, once the shop is open."""
        if self.coupon_id:
            return
        at = self.now
        kinds, limits = frozenset({self.kind}), (MAX_USES, MAX_USES_PER_USER)
        terms = CouponTerms(Money(MAX_DISCOUNT, "CNY"), PERCENT, 0, kinds, *limits, at, at + timedelta(days=2_000))
        to = self.shop.ports, MEI, self.shop.circle_id, self.shop.new_key(MEI)
        self.coupon_id = commerce.issue_coupon(*to, terms, has_code=False)[0].id
        for buyer in BUYERS:
            commerce.claim_coupon(self.shop.ports, buyer, self.shop.circle_id, self.coupon_id)

    @rule(fault=FAULTS)
    def end_coupon(self, fault: Any) -> None:
        if self.coupon_id and len(self.expected) > 3:
            to = self.shop.ports, MEI, self.shop.circle_id, self.coupon_id
            self.attempt(lambda: commerce.end_coupon(*to), fault)
            self.has_ended = True

    def uses(self, buyer: Caller | None = None) -> int:
        """Return how many orders use the coupon, as long as their units are not back in stock."""
        using = [each for each in self.expected.values() if each.order.coupon_id and each.has_units]
        return sum(buyer is None or each.buyer == buyer for each in using)

    def is_left(self, buyer: Caller) -> bool:
        return self.uses() < MAX_USES and self.uses(buyer) < MAX_USES_PER_USER

    def coupon_error(self, buyer: Caller, price: int) -> type[DomainError] | None:
        if self.has_ended:
            return CouponInactive
        if not price * PERCENT // 100:
            return CouponNotApplicable
        return None if self.is_left(buyer) else CouponUsedUp

    def has_coupon(self, expected: ExpectedOrder, *, is_reserved: bool, is_late: bool) -> bool:
        """Whether an order that is paid has the coupon that its total needs."""
        if not expected.order.coupon_id:
            return True
        return not (is_late and self.has_ended) and (is_reserved or self.is_left(expected.buyer))

    def require_uses_match(self) -> None:
        """The stored uses are those of the orders, and every discount is that of the coupon."""
        if not self.coupon_id:
            return
        item = self.table.get(coupon_key(self.shop.circle_id, self.coupon_id), consistent_read=True)
        assert item
        assert item["uses"] == self.uses()
        claims = {each["buyer_id"]: each["uses"] for each in self.table.all_items() if each["sk"].startswith("CLAIM#")}
        assert claims == {buyer.user_id: self.uses(buyer) for buyer in BUYERS}
        for each in self.expected.values():
            discount = min(each.order.price.amount * PERCENT // 100, MAX_DISCOUNT) if each.order.coupon_id else 0
            assert each.order.total.amount == each.order.price.amount - discount
