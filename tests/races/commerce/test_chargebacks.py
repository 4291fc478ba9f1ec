"""Races of a chargeback with refunds, the receipt and the release of one order: each is booked once, in every order."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, OrderState
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from tests.races.commerce.test_payments import sums
from tests.races.conftest import Rounds
from tests.support.races import race

pytestmark = pytest.mark.cloud

S = OrderState


def test_m9_a_chargeback_its_decision_refunds_and_the_release_at_once_end_in_one_state(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(ListingKind.MERCHANT, amount=10_000, simulation=simulation)
        order = shop.order()
        shop.pay(order)
        commerce.ship_order(shop.ports, MEI, order.id)
        commerce.confirm_receipt(shop.ports, HAO, order.id)
        simulation.clock.advance(days=8)
        state = random.choice(["won", "lost"])
        calls: list[Callable[[], Any]] = [
            *[partial(shop.receive, order, "chargeback.opened", 4_000, chargeback_id="cb_1")] * 3,
            *[partial(shop.receive, order, f"chargeback.{state}", 4_000, chargeback_id="cb_1")] * 3,
            *[partial(shop.refund, order, 1_000, number) for number in range(3)] * 2,
            *[partial(commerce.handle_schedule, shop.ports)] * 3,
        ]
        race(random.sample(calls, len(calls)))
        commerce.handle_schedule(shop.ports)
        after, left = shop.current_order(order), 7_000 if state == "won" else 3_000
        assert (after.state, after.net.amount, after.charged_back) == (S.COMPLETED, left, 0)
        assert sums(shop, order) == {
            "cash": left,
            f"seller:{MEI.user_id}": -left * 92 // 100,
            "platform": -left * 5 // 100,
            f"owner:{LIN.user_id}": -left * 3 // 100,
        }


def test_m9_a_capture_two_chargebacks_and_a_shipment_at_once_take_at_most_the_capture(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(amount=10_000, simulation=simulation)
        order, at = shop.order(), simulation.clock()
        calls: list[Callable[[], Any]] = [
            *[partial(shop.pay, order, at)] * 3,
            *[partial(shop.receive, order, "chargeback.opened", 5_000, chargeback_id=f"cb_{n}") for n in range(2)] * 3,
            *[partial(commerce.ship_order, shop.ports, MEI, order.id)] * 3,
        ]
        race(random.sample(calls, len(calls)))
        after = shop.current_order(order)
        assert after.state in (S.PAID, S.SHIPPED), "shipped only if it was paid and not yet charged back"
        assert (after.charged_back, after.net.amount, sums(shop, order)) == (10_000, 0, {})
        race([partial(shop.receive, order, "chargeback.lost", 5_000, chargeback_id=f"cb_{n}") for n in range(2)] * 4)
        lost = shop.current_order(order)
        assert (lost.state, lost.refunded, sums(shop, order)) == (S.REFUNDED, 10_000, {})
        assert shop.current_listing().stock == (1 if after.state is S.PAID else 0)
