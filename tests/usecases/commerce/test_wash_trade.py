"""M21: rings of five users in 10,000 orders are detected, with few false alarms. The detector decides about no user."""

from __future__ import annotations

import random
from typing import Any

import pytest

from services.commerce.domain.wash_trade import MIN_ORDERS, PaidTrade, Signal, find_suspected_groups
from tests.usecases.commerce.circle_orders import ORDERS, RINGS, disguise, honest_orders, ring_of

NO_IDENTITIES: dict[str, frozenset[str]] = {}


def trades_of(orders: int, *, buyer: str = "a", seller: str = "b", **about: Any) -> list[PaidTrade]:
    return [PaidTrade(f"{buyer} {seller} {number}", buyer, seller, **about) for number in range(orders)]


@pytest.mark.parametrize("seed", range(2))
def test_m21_rings_are_detected_with_few_false_alarms(seed: int) -> None:
    rng = random.Random(seed)
    planted = {kind: plant(rng, kind) for kind, plant in RINGS.items()}
    rings = [trade for of_ring in planted.values() for trade in of_ring]
    honest = [trade for of_ring in planted.values() for trade in disguise(rng, of_ring)]
    honest += honest_orders(rng, ORDERS - len(rings) - len(honest))
    trades = [*honest, *rings]
    rng.shuffle(trades)
    groups = find_suspected_groups(trades, NO_IDENTITIES)
    flagged = {order_id for group in groups for order_id in group.order_ids}
    of_rings = {trade.order_id for trade in rings}
    false_groups = [group for group in groups if not group.order_ids & of_rings]
    recall, false_rate = len(flagged & of_rings) / len(of_rings), len(flagged - of_rings) / len(honest)
    print(f"seed {seed}: recall {recall:.1%}, false orders {false_rate:.2%}, false groups {len(false_groups)}")
    assert len(trades) == ORDERS
    assert all(any(set(ring_of(kind)) <= group.user_ids for group in groups) for kind in RINGS)
    assert recall >= 0.99 and false_rate <= 0.004 and len(false_groups) <= 6
    assert all(group.signals & {Signal.PAYER, Signal.DEVICE} for group in false_groups)  # families at their own shop


def test_m21_the_result_does_not_depend_on_the_order_of_the_trades() -> None:
    rng = random.Random(7)
    trades = [trade for kind, plant in RINGS.items() for trade in plant(rng, kind)]
    assert find_suspected_groups(trades, NO_IDENTITIES) == find_suspected_groups(trades[::-1], NO_IDENTITIES)


def test_m21_a_seller_who_buys_from_themselves_under_another_user_is_detected() -> None:
    same = {user: frozenset({"person"}) for user in "ab"}
    (group,) = find_suspected_groups(trades_of(MIN_ORDERS), same)
    assert (group.user_ids, group.signals) == (frozenset("ab"), frozenset({Signal.PERSON}))


@pytest.mark.parametrize(
    "trades",
    [
        pytest.param(trades_of(20), id="a buyer who is loyal to one seller"),
        pytest.param([*trades_of(20), *trades_of(2, buyer="b", seller="a")], id="friends who swap"),
        pytest.param([*trades_of(20, address="home"), *trades_of(1, buyer="b", seller="c", address="home")], id="roommates"),
        pytest.param(
            [trade for buyer in "acdefghi" for trade in trades_of(3, buyer=buyer, device="counter")]
            + trades_of(1, buyer="b", seller="c", device="counter"),
            id="the telephone of a shop's counter",
        ),
        pytest.param(trades_of(MIN_ORDERS - 1, payer="p") + trades_of(1, buyer="b", seller="c", payer="p"), id="few orders"),
        pytest.param([], id="no orders"),
    ],
)
def test_m21_honest_trade_is_no_group(trades: list[PaidTrade]) -> None:
    assert find_suspected_groups(trades, NO_IDENTITIES) == []


def test_m21_two_shops_that_brush_each_other_are_detected_only_if_few_others_buy() -> None:
    pair = [*trades_of(4), *trades_of(4, buyer="b", seller="a")]
    (group,) = find_suspected_groups(pair, NO_IDENTITIES)
    assert group.signals == frozenset({Signal.CYCLE}) and len(group.order_ids) == 8
    others = [trade for number in range(9) for trade in trades_of(1, buyer=f"x{number}", seller="a")]
    assert find_suspected_groups([*pair, *others], NO_IDENTITIES) == []
