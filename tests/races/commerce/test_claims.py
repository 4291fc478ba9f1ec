"""Races of returns and disputes: requests for one unit; a ruling with receipt, refunds, chargeback and withdrawal."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, OrderState
from services.commerce.domain.dispute import DisputeReason, DisputeState
from services.commerce.errors import DisputeNotAllowed, OrderFrozen, OrderStateConflict, ReturnUnitsInsufficient
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.streams import deliver
from tests.races.commerce.test_payments import sums
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of
from tests.usecases.commerce.claims import PARCEL, open_dispute, received, request_return, ruling_of, shipped

pytestmark = pytest.mark.cloud

S = OrderState


def test_m12_20_requests_for_one_unit_at_once_are_one_return(rounds: Rounds) -> None:
    for simulation in rounds:
        shop, order = received(Shop(ListingKind.MERCHANT, stock=5, amount=10_000, simulation=simulation))
        keys = [shop.new_key(HAO) for _ in range(20)]
        found, errors = split_results(race([partial(request_return, shop, order, key=key) for key in keys]))
        assert (len(found), types_of(errors)) == (1, {ReturnUnitsInsufficient})
        assert [line.returning for line in shop.current_order(order).lines] == [1]


def test_m12_receipts_and_schedules_at_once_refund_a_return_once(rounds: Rounds) -> None:
    for simulation in rounds:
        shop, order = received(Shop(ListingKind.MERCHANT, stock=5, amount=10_000, simulation=simulation), quantity=2)
        one = request_return(shop, order)
        commerce.decide_return(shop.ports, MEI, one.id, True, "请寄回。")
        commerce.send_return(shop.ports, HAO, one.id, PARCEL)
        simulation.clock.advance(days=10)
        receive = partial(commerce.receive_return, shop.ports, MEI, one.id)
        race([receive, partial(commerce.handle_schedule, shop.ports)] * 8)
        after = shop.current_order(order)
        assert (after.refunds.number, after.refunds.requested, after.lines[0].returned) == (1, 10_000, 1)


def test_m12_a_withdrawal_racing_a_decision_and_the_shipment_leaves_one_end(rounds: Rounds) -> None:
    for simulation in rounds:
        shop, order = received(Shop(ListingKind.MERCHANT, stock=5, amount=10_000, simulation=simulation))
        one = request_return(shop, order)
        calls: list[Callable[[], Any]] = [
            partial(commerce.withdraw_return, shop.ports, HAO, one.id),
            partial(commerce.decide_return, shop.ports, MEI, one.id, True, "请寄回。"),
            partial(commerce.decide_return, shop.ports, MEI, one.id, False, "已拆封。"),
            partial(commerce.send_return, shop.ports, HAO, one.id, PARCEL),
        ]
        race(random.sample(calls * 4, 16))
        after = commerce.get_return(shop.ports, HAO, one.id)
        assert shop.current_order(order).is_frozen is not after.is_ended


def test_m13_a_dispute_racing_the_receipt_is_open_or_denied(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(stock=1, amount=10_000, simulation=simulation)
        order = shipped(shop)
        keys = [shop.new_key(HAO) for _ in range(8)]
        disputes = [partial(open_dispute, shop, order, key=key) for key in keys]
        receipts = [partial(commerce.confirm_receipt, shop.ports, HAO, order.id)] * 8
        results = race(random.sample([*disputes, *receipts], 16))
        assert types_of(split_results(results)[1]) <= {OrderFrozen, DisputeNotAllowed, OrderStateConflict}
        after = shop.current_order(order)
        assert (after.state, after.is_frozen) in ((S.SHIPPED, True), (S.RECEIVED, False))


def test_m13_a_ruling_racing_refunds_a_chargeback_and_the_withdrawal_gives_back_at_most_the_capture(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(ListingKind.MERCHANT, stock=1, amount=10_000, simulation=simulation)
        order = shipped(shop)
        dispute = open_dispute(shop, order, DisputeReason.NOT_AS_DESCRIBED)
        event = ruling_of(shop, dispute, 6_000)
        calls: list[Callable[[], Any]] = [
            *[partial(deliver, simulation, "commerce", event)] * 4,
            *[partial(shop.refund, order, 5_000, 7)] * 2,
            *[partial(shop.receive, order, "chargeback.opened", 4_000, chargeback_id="cb_race")] * 2,
            *[partial(commerce.confirm_receipt, shop.ports, HAO, order.id)] * 2,
            *[partial(commerce.withdraw_dispute, shop.ports, HAO, dispute.id)] * 2,
        ]
        race(random.sample(calls, len(calls)))
        after, ended = shop.current_order(order), commerce.get_dispute(shop.ports, HAO, dispute.id)
        assert ended.state in (DisputeState.RULED, DisputeState.WITHDRAWN)
        assert after.refunds.number <= 3, "one request, or one that was fitted to what is left"
        assert after.refunded + after.refunds.requested <= 10_000
        assert not after.is_frozen
        assert sums(shop, order)["cash"] == 10_000 - 5_000 - 4_000
