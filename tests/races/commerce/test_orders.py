"""The last units, payments against expiry, and what is told or confirmed many times at once."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Kind, Order, OrderState, Reason
from services.commerce.domain.journal import escrow
from services.commerce.errors import SoldOut, WrongState
from services.commerce.repository.ledger import find_journal
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.simulation import person
from tests.races.conftest import Rounds
from tests.support.races import apart, kinds, race

pytestmark = pytest.mark.cloud

S = OrderState
HOLDING = {S.RESERVED, S.PAID, S.SHIPPED, S.RECEIVED, S.COMPLETED}  # their units are not in stock


def buyers(shop: Shop, count: int, name: str = "buyer") -> list[Caller]:
    """So many people, each a member by a row of their own."""
    found = [person(f"{name}-{number}") for number in range(count)]
    assert set(race([partial(shop.hear, one) for one in found])) == {None}
    return found


def placing(shop: Shop, callers: list[Caller]) -> list[partial[Order]]:
    return [partial(shop.order, caller, key=shop.key(caller)) for caller in callers]


def as_is(shop: Shop, order: Order) -> Order:
    caller = Caller(order.buyer, frozenset(), 0, 0, "")
    return commerce.get_order(shop.ports, caller, order.id)


def entries(shop: Shop, order: Order) -> Counter[Reason]:
    """How many ledger entries an order has for each reason; each sums to zero."""
    found = find_journal(shop.world.commerce_table, order.id)
    assert all(sum(line.amount for line in entry.lines) == 0 for entry in found)
    return Counter(entry.reason for entry in found)


def held(shop: Shop, order: Order) -> int:
    """What lies in an order's escrow."""
    lines = [line for entry in find_journal(shop.world.commerce_table, order.id) for line in entry.lines]
    return -sum(line.amount for line in lines if line.account == escrow(order))


def shipped(shop: Shop) -> Order:
    order = shop.order()
    shop.paid(order)
    return commerce.ship_order(shop.ports, MEI, order.id)


def test_m7_two_hundred_buyers_of_ten_units_are_ten_orders(rounds: Rounds) -> None:
    for world in rounds:
        shop = Shop(stock=10, world=world)
        callers = buyers(shop, 200)
        served, refused = apart(race(placing(shop, callers)))
        assert (len(served), Counter(map(type, refused))) == (10, {SoldOut: 190})
        assert shop.now().stock == 0
        assert len({order.buyer for order in served}) == 10
        kept = [order for one in callers for order in commerce.list_orders(shop.ports, one, 10, None)[0]]
        assert {order.id for order in kept} == {order.id for order in served}


def test_m7_payment_against_expiry_gives_goods_or_money_back_never_both(rounds: Rounds) -> None:
    """Fifty captures, four schedules and ten who want what comes free."""
    for world in rounds:
        shop = Shop(stock=50, world=world)
        placed, _ = apart(race(placing(shop, buyers(shop, 50))))
        hopeful = placing(shop, buyers(shop, 10, "hopeful"))
        shop.world.clock.advance(minutes=15)
        captures = [partial(shop.paid, order) for order in placed]
        schedules = [partial(commerce.handle_schedule, shop.ports)] * 4
        answers = race([*schedules, *random.sample([*captures, *hopeful], 60)])
        late, refused = apart([answer for answer in answers[4:] if not isinstance(answer, Order) or answer.state is S.RESERVED])
        assert kinds(refused) <= {SoldOut}
        after = [as_is(shop, order) for order in placed]
        assert {order.state for order in after} <= {S.PAID, S.REFUNDING}
        assert len(late) >= sum(order.state is S.REFUNDING for order in after)
        assert shop.now().stock + sum(order.quantity for order in [*after, *late] if order.state in HOLDING) == 50
        assert all(entries(shop, order) == {Reason.CAPTURE: 1} for order in after)
        assert sum(held(shop, order) for order in after) == 50 * shop.listing.price.amount


def test_m8_five_notices_in_any_order_with_a_shipment_between_are_one_capture(rounds: Rounds) -> None:
    """Eight orders, each told of its payment five times while its seller tries to ship: 48 calls over 32 threads."""
    for world in rounds:
        shop = Shop(stock=8, world=world)
        placed = [shop.order() for _ in range(8)]
        notices = [partial(shop.paid, order) for order in placed] * 5
        ships = [partial(commerce.ship_order, shop.ports, MEI, order.id) for order in placed]
        answers = race(random.sample([*notices, *ships], 48))
        assert kinds(apart(answers)[1]) <= {WrongState}  # shipped before it was paid
        for order, ship in zip(placed, ships, strict=True):
            ship()
            shop.paid(order)
            assert (as_is(shop, order).state, entries(shop, order)) == (S.SHIPPED, {Reason.CAPTURE: 1})
            assert held(shop, order) == order.total.amount
        assert shop.now().stock == 0


def test_m8_late_notices_at_once_take_the_goods_again_once(rounds: Rounds) -> None:
    for world in rounds:
        shop = Shop(stock=3, world=world)
        order = shop.order()
        shop.world.clock.advance(minutes=15)
        assert commerce.handle_schedule(shop.ports) == 1
        answers = race([partial(shop.paid, order)] * 32)
        assert {(answer.id, answer.state) for answer in answers} == {(order.id, S.PAID)}  # type: ignore[union-attr]
        assert (shop.now().stock, entries(shop, order)) == (2, {Reason.CAPTURE: 1})


@pytest.mark.parametrize("kind", Kind)
def test_m13_confirmed_by_thirty_two_calls_is_split_once(rounds: Rounds, kind: Kind) -> None:
    for world in rounds:
        shop = Shop(kind, world=world)
        order = shipped(shop)
        answers = race([partial(commerce.confirm_receipt, shop.ports, HAO, order.id)] * 32)
        assert len(set(map(repr, answers))) == 1
        assert as_is(shop, order).state is S.RECEIVED
        assert entries(shop, order) == {Reason.CAPTURE: 1, Reason.SPLIT: 1}
        assert held(shop, order) == 0


def test_m13_the_buyer_against_the_clock_is_one_split(rounds: Rounds) -> None:
    for world in rounds:
        shop = Shop(Kind.MERCHANT, world=world)
        order = shipped(shop)
        shop.world.clock.advance(days=10)
        confirm, schedule = (
            partial(commerce.confirm_receipt, shop.ports, HAO, order.id),
            partial(commerce.handle_schedule, shop.ports),
        )
        answers = race([confirm, schedule] * 16)
        assert {answer.state for answer in answers[0::2]} == {S.RECEIVED}  # type: ignore[union-attr]
        assert sum(answers[1::2]) <= 1  # type: ignore[arg-type]
        assert entries(shop, order) == {Reason.CAPTURE: 1, Reason.SPLIT: 1}
        assert held(shop, order) == 0


def test_m7_fifty_posts_with_one_key_are_one_order_and_one_reservation(rounds: Rounds) -> None:
    for world in rounds:
        shop = Shop(stock=1, world=world)
        answers = race([partial(shop.order, key=shop.key(HAO))] * 50)
        assert len(set(map(repr, answers))) == 1
        assert shop.now().stock == 0
        assert len(commerce.list_orders(shop.ports, HAO, 100, None)[0]) == 1
