"""Races of what gives an order's money back: cancel, shipment, refunds by the seller, the schedule, the provider."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order, OrderState, RefundReason
from services.commerce.domain.money import Money
from services.commerce.errors import OrderStateConflict, RefundAboveRefundable
from simulation.setup.commerce import HAO, MEI, Shop
from tests.races.commerce.test_payments import sums
from tests.races.conftest import Rounds
from tests.support.races import race, split_results

pytestmark = pytest.mark.cloud

S = OrderState
FOUR_TENTHS = Money(4_000, "CNY")


def paid_order(shop: Shop) -> Order:
    order = shop.order()
    shop.pay(order)
    return order


def order_payment(shop: Shop, order: Order) -> str:
    return shop.current_order(order).payment_id


def refund(shop: Shop, order: Order, amount: int) -> partial[Order]:
    return partial(commerce.refund_order, shop.ports, MEI, order.id, shop.new_key(MEI), amount=amount)


def deliver(shop: Shop, order: Order) -> None:
    """Deliver the events of what the provider has made on request, several times and at once."""
    payments = shop.simulation.payments
    calls = [
        partial(shop.receive, order, "refund.succeeded", money.amount, refund_id=name, refund_reference=name)
        for name, money in payments.refunded.items()
    ]
    if calls:
        race(random.sample(calls * 3, len(calls) * 3))


def test_m27_cancel_against_ship_is_exactly_one(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(simulation=simulation)
        order = paid_order(shop)
        calls: list[Callable[[], Any]] = [
            *[partial(commerce.cancel_order, shop.ports, HAO, order.id)] * 8,
            *[partial(commerce.ship_order, shop.ports, MEI, order.id)] * 8,
        ]
        done, errors = split_results(race(random.sample(calls, len(calls))))
        assert {type(error) for error in errors} == {OrderStateConflict}
        assert (len(done), len(errors)) == (8, 8)
        after = shop.current_order(order)
        assert {each.state for each in done} == {after.state}
        is_cancelled = after.state is S.REFUNDING
        assert after.state in (S.REFUNDING, S.SHIPPED)
        assert shop.current_listing().stock == is_cancelled
        assert len(simulation.payments.refunded) == is_cancelled
        deliver(shop, order)
        assert shop.current_order(order).state is (S.REFUNDED if is_cancelled else S.SHIPPED)
        assert shop.current_listing().stock == is_cancelled


def test_m9_one_of_20_refunds_of_60_percent_at_once_is_made(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(amount=10_000, simulation=simulation)
        order = paid_order(shop)
        commerce.ship_order(shop.ports, MEI, order.id)
        done, errors = split_results(race([refund(shop, order, 6_000) for _ in range(20)]))
        assert (len(done), Counter(map(type, errors))) == (1, {RefundAboveRefundable: 19})
        assert [money.amount for money in simulation.payments.refunded.values()] == [6_000]
        deliver(shop, order)
        after = shop.current_order(order)
        assert (after.refunded, after.refundable.amount) == (6_000, 4_000)
        assert sums(shop, order)["cash"] == 4_000


def test_m9_32_tries_of_one_refund_are_one(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(amount=10_000, simulation=simulation)
        order = paid_order(shop)
        results = race([refund(shop, order, 1_000)] * 32)
        assert {each.refunds.requested for each in results} == {1_000}
        assert [money.amount for money in simulation.payments.refunded.values()] == [1_000]


def test_m27_the_end_of_the_promise_against_cancel_and_ship_gives_the_money_back_once(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(amount=10_000, simulation=simulation)
        order = paid_order(shop)
        simulation.clock.advance(days=3)
        calls: list[Callable[[], Any]] = [
            *[partial(commerce.handle_schedule, shop.ports)] * 6,
            *[partial(commerce.cancel_order, shop.ports, HAO, order.id)] * 6,
            *[partial(commerce.ship_order, shop.ports, MEI, order.id)] * 6,
        ]
        race(random.sample(calls, len(calls)))
        after = shop.current_order(order)
        assert (after.state, after.cancel_reason, shop.current_listing().stock) == (S.REFUNDING, RefundReason.NOT_SHIPPED, 1)
        assert [money.amount for money in simulation.payments.refunded.values()] == [10_000]
        deliver(shop, order)
        assert (shop.current_order(order).state, sums(shop, order)) == (S.REFUNDED, {})


def test_m9_refunds_a_chargeback_and_cancel_at_once_take_exactly_the_capture(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(amount=10_000, simulation=simulation)
        order = paid_order(shop)
        simulation.payments.close_chargeback(
            simulation.payments.open_chargeback(order_payment(shop, order), FOUR_TENTHS), "lost"
        )
        calls: list[Callable[[], Any]] = [
            *[refund(shop, order, 2_500) for _ in range(4)],
            *[partial(shop.receive, order, "chargeback.opened", 4_000, chargeback_id="cb_1")] * 3,
            *[partial(shop.receive, order, "chargeback.lost", 4_000, chargeback_id="cb_1")] * 3,
            *[partial(commerce.cancel_order, shop.ports, HAO, order.id)] * 3,
        ]
        race(random.sample(calls, len(calls)))
        assert shop.current_order(order).state is S.REFUNDING
        for _ in range(2):
            simulation.clock.advance(minutes=5)
            commerce.handle_schedule(shop.ports)
            deliver(shop, order)
        assert sum(money.amount for money in simulation.payments.refunded.values()) == 6_000
        assert (shop.current_order(order).state, sums(shop, order), shop.current_listing().stock) == (S.REFUNDED, {}, 1)
