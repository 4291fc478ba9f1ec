"""Coupons: issued by sellers, claimed by members, and what their orders cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.ledger import escrow_account
from services.commerce.errors import (
    CircleNotFound,
    CouponCodeLocked,
    CouponCodeRejected,
    CouponCodeUnclear,
    CouponInactive,
    CouponNotApplicable,
    CouponNotFound,
    CouponUsedUp,
    ListingKindNotAllowed,
    MembershipEnded,
)
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.security.keys import KeyRing
from simulation.setup.commerce import HAO, MEI
from simulation.users import caller
from tests.usecases.commerce.bazaar import YAN
from tests.usecases.commerce.coupon_shop import CouponShop

OUTSIDER = caller("outsider")
PAGE = PageRequest(20)


@pytest.fixture
def shop() -> CouponShop:
    return CouponShop()


def listed(shop: CouponShop, reader: Caller = HAO) -> list[str]:
    return [coupon.id for coupon in commerce.list_coupons(shop.ports, reader, shop.circle_id, PAGE).items]


def test_m10_a_coupon_takes_its_amount_off_and_shares_are_of_what_is_paid(shop: CouponShop) -> None:
    order = shop.order_with(shop.claimed())
    assert (order.price.amount, order.discount, order.total.amount) == (12_900, 2_000, 10_900)
    shop.pay(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    shares = shop.current_order(order).shares
    assert (shares.platform.amount, shares.seller.amount) == (109, 10_791)
    balances = shop.balances()
    assert (balances["cash"], balances[f"seller:{MEI.user_id}"], balances[escrow_account(order)]) == (10_900, -10_791, 0)
    assert sum(balances.values()) == 0


@pytest.mark.parametrize(
    ("terms", "discount"),
    [
        ({"percent": 10, "amount": 5_000}, 1_290),
        ({"percent": 90, "amount": 5_000}, 5_000),  # the most that it takes off
        ({"percent": 33, "amount": 5_000, "min_spend": 0}, 4_257),
        ({"amount": 9_999}, 9_999),
    ],
)
def test_m10_a_percentage_has_a_cap_and_is_rounded_down(shop: CouponShop, terms: dict[str, Any], discount: int) -> None:
    assert shop.order_with(shop.claimed(**terms)).discount == discount


def test_m10_the_discount_is_allocated_over_the_lines_exactly(shop: CouponShop) -> None:
    merchant = shop.add(MEI, ListingKind.C2C, 500, 10)
    (order,) = shop.check_out_with(
        [shop.claimed(amount=1_000, min_spend=1_001)], (shop.own[1], 1), (merchant, 1), (shop.listing, 1)
    )
    assert sum(order.line_discounts) == order.discount == 1_000
    assert order.line_discounts == (36, 36, 928)  # 35.97, 35.97, 928.06
    assert shop.current_order(order).line_discounts == order.line_discounts


def test_m10_each_coupon_is_for_the_first_order_that_it_fits_and_an_order_has_one(shop: CouponShop) -> None:
    c2c = shop.claimed(kinds=frozenset({ListingKind.C2C}))
    merchant = shop.claimed(amount=100, min_spend=101, kinds=frozenset({ListingKind.MERCHANT}))
    both = [(shop.own[2], 1), (shop.listing, 1), (shop.of_yan, 1)]
    shop_order, sale, of_yan = shop.check_out_with([c2c, merchant], *both)
    assert (shop_order.discount, sale.discount, of_yan.discount) == (100, 2_000, 0)
    again = shop.claimed()
    with pytest.raises(CouponNotApplicable):
        shop.check_out_with([again, shop.claimed()], (shop.listing, 1))
    assert shop.uses_of(again) == (0, 0)


def test_m10_a_coupon_needs_its_seller_kind_minimum_and_time(shop: CouponShop) -> None:
    cases: list[tuple[type[Exception], dict[str, Any]]] = [
        (CouponNotApplicable, {"kinds": frozenset({ListingKind.MERCHANT})}),
        (CouponNotApplicable, {"min_spend": 12_901}),
        (CouponNotApplicable, {"percent": 1, "amount": 1, "min_spend": 12_901}),
        (CouponInactive, {"starts_at": shop.simulation.clock() + timedelta(minutes=1)}),
    ]
    for error, terms in cases:
        with pytest.raises(error):
            shop.order_with(shop.claimed(**terms))
    with pytest.raises(CouponNotApplicable):
        shop.check_out_with([shop.claimed(amount=1, min_spend=2)], (shop.of_yan, 1))
    assert shop.order_with(shop.claimed(min_spend=12_900)).discount == 2_000
    over = shop.claimed(ends_at=shop.simulation.clock() + timedelta(hours=1))
    shop.simulation.clock.advance(hours=1)
    with pytest.raises(CouponInactive):
        shop.order_with(over)


def test_m10_an_order_cannot_use_a_coupon_that_is_not_claimed_or_of_another_circle(shop: CouponShop) -> None:
    unclaimed, elsewhere = shop.issue(), CouponShop(simulation=shop.simulation)
    theirs = elsewhere.claimed()
    for coupon in (unclaimed, theirs, replace(unclaimed, id=new_id("cpn"))):
        with pytest.raises(CouponNotFound):
            shop.order_with(coupon)
    with pytest.raises(CouponNotFound):
        shop.claim(theirs)


def test_m10_total_and_limit_per_user(shop: CouponShop) -> None:
    coupon = shop.claimed(max_uses=2, max_uses_per_user=1)
    shop.claim(coupon, YAN)
    other = member(shop, "other")
    shop.claim(coupon, other)
    shop.order_with(coupon)
    with pytest.raises(CouponUsedUp):
        shop.order_with(coupon)
    shop.order_with(coupon, YAN)
    with pytest.raises(CouponUsedUp):
        shop.order_with(coupon, other)
    assert shop.uses_of(coupon) == (2, 1)


def member(shop: CouponShop, name: str) -> Caller:
    new = caller(name)
    shop.set_member(new)
    return new


def test_m10_a_repeat_of_an_order_uses_the_coupon_once_and_another_coupon_is_another_body(shop: CouponShop) -> None:
    coupon, key = shop.claimed(max_uses=9, max_uses_per_user=9), shop.new_key(HAO)
    first = shop.order_with(coupon, key=key)
    assert shop.order_with(coupon, key=key) == first
    assert shop.uses_of(coupon) == (1, 1)
    with pytest.raises(KeyReused):
        shop.order_with(None, key=replace(key, body_hash="another"))


def test_m10_issuing_is_repeatable_and_needs_the_right_to_list_each_kind(shop: CouponShop) -> None:
    key = shop.new_key(MEI)
    terms = shop.terms()
    coupon, _ = commerce.issue_coupon(shop.ports, MEI, shop.circle_id, key, terms, has_code=False)
    assert commerce.issue_coupon(shop.ports, MEI, shop.circle_id, key, terms, has_code=False) == (coupon, "")
    with pytest.raises(ListingKindNotAllowed):
        shop.issue(YAN)
    with pytest.raises(CircleNotFound):
        shop.issue(OUTSIDER)
    of_yan = shop.issue(YAN, kinds=frozenset({ListingKind.C2C}))
    assert [each.id for each in commerce.list_issued_coupons(shop.ports, YAN, PAGE).items] == [of_yan.id]


def test_m3_coupons_are_for_members_alone_and_a_former_member_cannot_use_one(shop: CouponShop) -> None:
    coupon = shop.claimed()
    assert listed(shop) == [coupon.id]
    for call in (
        lambda: listed(shop, OUTSIDER),
        lambda: shop.claim(coupon, OUTSIDER),
        lambda: commerce.claim_coupon_by_code(shop.ports, OUTSIDER, shop.circle_id, "7KQ2-M0XV-9TRC"),
        lambda: commerce.list_claimed_coupons(shop.ports, OUTSIDER, shop.circle_id, PAGE),
        lambda: commerce.end_coupon(shop.ports, OUTSIDER, shop.circle_id, coupon.id),
    ):
        with pytest.raises(CircleNotFound):
            call()
    shop.set_member(HAO, state="left")
    with pytest.raises(MembershipEnded):
        shop.order_with(coupon)
    with pytest.raises(CircleNotFound):
        listed(shop)


def test_m3_coupons_of_a_seller_who_cannot_sell_are_neither_listed_nor_claimed(shop: CouponShop) -> None:
    coupon = shop.issue()
    claimed = [each.coupon.id for each in commerce.list_claimed_coupons(shop.ports, HAO, shop.circle_id, PAGE).items]
    assert (listed(shop), claimed) == ([coupon.id], [])
    shop.set_account_status(MEI, "restricted")
    assert listed(shop) == []
    with pytest.raises(CouponNotFound):
        shop.claim(coupon)
    shop.set_account_status(MEI, "none")
    shop.set_member(MEI, state="left")
    assert listed(shop) == []
    shop.set_member(MEI)  # no longer in a role that sells for the shop, but the coupon is for sales of members too
    assert listed(shop) == [coupon.id]


def test_m10_an_ended_coupon_is_over_for_new_orders_and_kept_by_those_that_use_it(shop: CouponShop) -> None:
    coupon = shop.claimed(max_uses=5, max_uses_per_user=5)
    order = shop.order_with(coupon)
    with pytest.raises(CouponNotFound):
        commerce.end_coupon(shop.ports, YAN, shop.circle_id, coupon.id)
    for _ in range(2):
        commerce.end_coupon(shop.ports, MEI, shop.circle_id, coupon.id)
    assert listed(shop) == []
    with pytest.raises(CouponInactive):
        shop.order_with(coupon)
    assert shop.pay(order).total.amount == 10_900
    assert shop.uses_of(coupon) == (1, 1)


def test_m10_a_code_is_claimed_in_every_spelling_and_only_in_its_circle(shop: CouponShop) -> None:
    key = shop.new_key(MEI)
    coupon, code = shop.issue_with_code(key, max_uses=9)
    assert shop.issue_with_code(key, max_uses=9)[1] == code
    assert code not in str(shop.simulation.memory("commerce").all_items())
    assert listed(shop) == []
    with pytest.raises(CouponNotFound):
        shop.claim(coupon)
    for text in (code, code.lower().replace("-", ""), f"优惠码：{code}"):
        claimed = commerce.claim_coupon_by_code(shop.ports, HAO, shop.circle_id, text)
        assert (claimed.coupon.id, claimed.claim.uses) == (coupon.id, 0)
        shop.simulation.clock.advance(minutes=1)
    assert shop.order_with(coupon).discount == 2_000
    elsewhere = CouponShop(simulation=shop.simulation)
    with pytest.raises(CouponCodeRejected):
        commerce.claim_coupon_by_code(shop.ports, HAO, elsewhere.circle_id, code)


def test_m10_codes_of_an_older_key_stay_valid_and_a_repeat_returns_the_same_code(shop: CouponShop) -> None:
    key = shop.new_key(MEI)
    coupon, code = shop.issue_with_code(key)
    old = shop.ports.coupon_keys
    ports = replace(shop.ports, coupon_keys=KeyRing("k9", {"k9": b"new key" * 5, old.current: old.newest}))
    assert commerce.claim_coupon_by_code(ports, HAO, shop.circle_id, code).coupon == coupon
    terms = shop.terms()
    assert commerce.issue_coupon(ports, MEI, shop.circle_id, key, terms, has_code=True)[1] == code


def test_m10_wrong_codes_lock_their_user_in_all_circles_also_for_the_right_code(shop: CouponShop) -> None:
    _, code = shop.issue_with_code()
    elsewhere = CouponShop(simulation=shop.simulation)
    with pytest.raises(CouponCodeUnclear):
        commerce.claim_coupon_by_code(shop.ports, HAO, shop.circle_id, "没有优惠码")
    for number in range(5):
        circle_id = (shop if number % 2 else elsewhere).circle_id
        with pytest.raises(CouponCodeRejected):
            commerce.claim_coupon_by_code(shop.ports, HAO, circle_id, f"7KQ2-M0XV-9TR{number}")
    with pytest.raises(CouponCodeLocked) as locked:
        commerce.claim_coupon_by_code(shop.ports, HAO, shop.circle_id, code)
    assert locked.value.retry_after == 30 * 60 + 1
    assert commerce.claim_coupon_by_code(shop.ports, YAN, shop.circle_id, code)
    shop.simulation.clock.advance(minutes=31)
    assert commerce.claim_coupon_by_code(shop.ports, HAO, shop.circle_id, code)


def test_m10_right_codes_do_not_count_as_wrong(shop: CouponShop) -> None:
    _, code = shop.issue_with_code()
    for _ in range(8):
        commerce.claim_coupon_by_code(shop.ports, HAO, shop.circle_id, code)


def test_m10_a_code_whose_coupon_has_ended_is_a_wrong_code(shop: CouponShop) -> None:
    coupon, code = shop.issue_with_code()
    commerce.end_coupon(shop.ports, MEI, shop.circle_id, coupon.id)
    with pytest.raises(CouponCodeRejected):
        commerce.claim_coupon_by_code(shop.ports, HAO, shop.circle_id, code)


def test_m10_a_claim_is_one_however_often_it_is_made_and_keeps_its_uses(shop: CouponShop) -> None:
    coupon = shop.claimed(max_uses=3, max_uses_per_user=2)
    shop.order_with(coupon)
    shop.claim(coupon)
    (claimed,) = commerce.list_claimed_coupons(shop.ports, HAO, shop.circle_id, PAGE).items
    assert (claimed.coupon.uses, claimed.claim.uses) == (1, 1)
