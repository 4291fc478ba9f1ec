"""Races for the last use of a coupon: between buyers, orders of one buyer, and an order that gives it back."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order, OrderState
from services.commerce.errors import CouponUsedUp
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of
from tests.usecases.commerce.coupon_shop import CouponShop

pytestmark = pytest.mark.cloud

S = OrderState


def members(shop: CouponShop, count: int) -> list[Caller]:
    new = [caller(f"buyer-{number}") for number in range(count)]
    race([partial(shop.set_member, each) for each in new])
    return new


def orders_of(shop: CouponShop, buyers: list[Caller]) -> list[Order]:
    return [order for buyer in buyers for order in commerce.list_orders(shop.ports, buyer, PageRequest(20)).items]


def test_m10_64_buyers_of_a_coupon_for_one_are_1_order_and_63_errors(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = CouponShop(stock=64, simulation=simulation)
        coupon, buyers = shop.issue(), members(shop, 64)
        claims: list[Any] = race([partial(shop.claim, coupon, buyer) for buyer in buyers])
        assert types_of(claims) == {type(coupon)}
        keys = [shop.new_key(buyer) for buyer in buyers]
        results = race([partial(shop.order_with, coupon, buyer, key=key) for buyer, key in zip(buyers, keys, strict=True)], 64)
        placed, errors = split_results(results)
        assert (len(placed), Counter(map(type, errors))) == (1, {CouponUsedUp: 63})
        assert [order.id for order in orders_of(shop, buyers)] == [placed[0].id]
        winner = next(buyer for buyer in buyers if buyer.user_id == placed[0].buyer_id)
        assert (shop.uses_of(coupon, winner), shop.stock_of(shop.listing)) == ((1, 1), 63)


def test_m10_64_claims_of_one_buyer_are_one_claim_and_8_orders_use_it_once(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = CouponShop(simulation=simulation)
        coupon = shop.issue(max_uses=64)
        race([partial(shop.claim, coupon)] * 64)
        (claimed,) = commerce.list_claimed_coupons(shop.ports, HAO, shop.circle_id, PageRequest(20)).items
        assert claimed.claim.uses == 0
        keys = [shop.new_key(HAO) for _ in range(8)]
        placed, errors = split_results(race([partial(shop.order_with, coupon, key=key) for key in keys]))
        assert (len(placed), types_of(errors), shop.uses_of(coupon)) == (1, {CouponUsedUp}, (1, 1))


def test_m10_a_cancellation_racing_new_orders_gives_the_coupon_back_once(rounds: Rounds) -> None:
    """4 cancellations and 2 schedule runs against 16 buyers, while the order may be paid."""
    for simulation in rounds:
        shop = CouponShop(stock=64, simulation=simulation)
        coupon, rivals = shop.claimed(), members(shop, 16)
        race([partial(shop.claim, coupon, rival) for rival in rivals])
        order = shop.order_with(coupon)
        if random.random() < 0.5:
            shop.pay(order)
        keys = [shop.new_key(rival) for rival in rivals]
        new = [partial(shop.order_with, coupon, rival, key=key) for rival, key in zip(rivals, keys, strict=True)]
        cancels: list[Any] = [partial(commerce.cancel_order, shop.ports, HAO, order.id)] * 4
        schedules: list[Any] = [partial(commerce.handle_schedule, shop.ports)] * 2
        calls = [*new, *cancels, *schedules]
        _, errors = split_results(race(random.sample(calls, len(calls))))
        assert types_of(errors) <= {CouponUsedUp}
        assert shop.current_order(order).state in (S.CANCELLED, S.REFUNDING)
        using = [each for each in orders_of(shop, rivals) if each.coupon_id]
        assert len(using) <= 1
        assert shop.uses_of(coupon) == (len(using), 0)


def test_m10_late_payments_racing_new_orders_use_the_coupon_again_or_go_back(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = CouponShop(stock=64, simulation=simulation)
        coupon, rivals = shop.claimed(), members(shop, 8)
        race([partial(shop.claim, coupon, rival) for rival in rivals])
        order = shop.order_with(coupon)
        shop.simulation.clock.advance(minutes=16)
        keys = [shop.new_key(rival) for rival in rivals]
        new = [partial(shop.order_with, coupon, rival, key=key) for rival, key in zip(rivals, keys, strict=True)]
        calls: list[Any] = [*new, *[partial(shop.pay, order)] * 4, *[partial(commerce.handle_schedule, shop.ports)] * 2]
        _, errors = split_results(race(random.sample(calls, len(calls))))
        assert types_of(errors) <= {CouponUsedUp}
        using = [each for each in [shop.current_order(order), *orders_of(shop, rivals)] if each.state in (S.RESERVED, S.PAID)]
        assert len(using) == shop.uses_of(coupon)[0] <= 1
        assert shop.current_order(order).state in (S.PAID, S.REFUNDING)
        assert shop.stock_of(shop.listing) == 64 - len(using)
