"""Races for the last units, between payment and expiry, and of repeated webhook events and confirmations."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import EntryReason, ListingKind, Order, OrderState
from services.commerce.domain.ledger import escrow_account
from services.commerce.errors import OrderNotFound, OrderStateConflict, StockInsufficient
from services.commerce.repository.ledger import list_entries
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud

S = OrderState
OFF_STOCK = {S.RESERVED, S.PAID, S.SHIPPED, S.RECEIVED, S.COMPLETED}  # states whose units are not in stock


def buyers(shop: Shop, count: int, name: str = "buyer") -> list[Caller]:
    """Return new members; each membership is stored by an event of its own."""
    members = [caller(f"{name}-{number}") for number in range(count)]
    assert set(race([partial(shop.set_member, member) for member in members])) == {None}
    return members


def order_calls(shop: Shop, callers: list[Caller]) -> list[partial[Order]]:
    return [partial(shop.order, caller, key=shop.new_key(caller)) for caller in callers]


def current_order(shop: Shop, order: Order) -> Order:
    caller = Caller(order.buyer_id, frozenset(), 0, 0, "")
    return commerce.get_order(shop.ports, caller, order.id)


def count_entries(shop: Shop, order: Order) -> Counter[EntryReason]:
    """Count an order's ledger entries by reason; each must sum to zero."""
    stored = list_entries(shop.simulation.commerce_table, order.id)
    assert all(sum(line.amount for line in entry.lines) == 0 for entry in stored)
    return Counter(entry.reason for entry in stored)


def escrow_balance(shop: Shop, order: Order) -> int:
    """Return the balance of an order's escrow."""
    lines = [line for entry in list_entries(shop.simulation.commerce_table, order.id) for line in entry.lines]
    return -sum(line.amount for line in lines if line.ledger_account == escrow_account(order))


def shipped_order(shop: Shop) -> Order:
    order = shop.order()
    shop.pay(order)
    return commerce.ship_order(shop.ports, MEI, order.id)


def test_m7_200_buyers_of_10_units_get_10_orders(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(stock=10, simulation=simulation)
        callers = buyers(shop, 200)
        orders, errors = split_results(race(order_calls(shop, callers)))
        assert (len(orders), Counter(map(type, errors))) == (10, {StockInsufficient: 190})
        assert shop.current_listing().stock == 0
        assert len({order.buyer_id for order in orders}) == 10
        stored = [order for buyer in callers for order in commerce.list_orders(shop.ports, buyer, PageRequest(10)).items]
        assert {order.id for order in stored} == {order.id for order in orders}


def test_m7_a_payment_racing_expiry_gets_stock_or_a_refund_never_both(rounds: Rounds) -> None:
    """50 captures, 4 schedule runs and 10 buyers of the released stock."""
    for simulation in rounds:
        shop = Shop(stock=50, simulation=simulation)
        placed, _ = split_results(race(order_calls(shop, buyers(shop, 50))))
        late_orders = order_calls(shop, buyers(shop, 10, "late-buyer"))
        shop.simulation.clock.advance(minutes=15)
        captures = [partial(shop.pay, order) for order in placed]
        schedules = [partial(commerce.handle_schedule, shop.ports)] * 4
        results = race([*schedules, *random.sample([*captures, *late_orders], 60)])
        late, errors = split_results(
            [result for result in results[4:] if not isinstance(result, Order) or result.state is S.RESERVED]
        )
        assert types_of(errors) <= {StockInsufficient}
        after = [current_order(shop, order) for order in placed]
        assert {order.state for order in after} <= {S.PAID, S.REFUNDING}
        assert len(late) >= sum(order.state is S.REFUNDING for order in after)
        in_orders = sum(order.lines[0].quantity for order in [*after, *late] if order.state in OFF_STOCK)
        assert shop.current_listing().stock + in_orders == 50
        assert all(count_entries(shop, order) == {EntryReason.CAPTURE: 1} for order in after)
        kept = [shop.listing.price.amount if order.state is S.PAID else 0 for order in after]
        assert [escrow_balance(shop, order) for order in after] == kept


def test_m8_5_webhook_events_in_any_order_with_a_shipment_between_are_one_capture(rounds: Rounds) -> None:
    """8 orders, each with 5 webhook events while its seller tries to ship: 48 calls over 32 threads."""
    for simulation in rounds:
        shop = Shop(stock=8, simulation=simulation)
        placed = [shop.order() for _ in range(8)]
        payments = [partial(shop.pay, order) for order in placed] * 5
        shipments = [partial(commerce.ship_order, shop.ports, MEI, order.id) for order in placed]
        results = race(random.sample([*payments, *shipments], 48))
        # The shipment came before the payment.
        assert types_of(split_results(results)[1]) <= {OrderNotFound, OrderStateConflict}
        for order, shipment in zip(placed, shipments, strict=True):
            shipment()
            shop.pay(order)
            assert (current_order(shop, order).state, count_entries(shop, order)) == (S.SHIPPED, {EntryReason.CAPTURE: 1})
            assert escrow_balance(shop, order) == order.total.amount
        assert shop.current_listing().stock == 0


def test_m8_late_webhook_events_at_once_reserve_the_stock_again_once(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(stock=3, simulation=simulation)
        order = shop.order()
        shop.simulation.clock.advance(minutes=15)
        assert commerce.handle_schedule(shop.ports) == 1
        results = race([partial(shop.pay, order)] * 32)
        assert {(result.id, result.state) for result in results} == {(order.id, S.PAID)}
        assert (shop.current_listing().stock, count_entries(shop, order)) == (2, {EntryReason.CAPTURE: 1})


@pytest.mark.parametrize("kind", ListingKind)
def test_m13_32_confirmations_at_once_split_the_escrow_once(rounds: Rounds, kind: ListingKind) -> None:
    for simulation in rounds:
        shop = Shop(kind, simulation=simulation)
        order = shipped_order(shop)
        results = race([partial(commerce.confirm_receipt, shop.ports, HAO, order.id)] * 32)
        assert len(set(map(repr, results))) == 1
        assert current_order(shop, order).state is S.RECEIVED
        assert count_entries(shop, order) == {EntryReason.CAPTURE: 1, EntryReason.SPLIT: 1}
        assert escrow_balance(shop, order) == 0


def test_m13_the_buyer_racing_the_schedule_is_one_split(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(ListingKind.MERCHANT, simulation=simulation)
        order = shipped_order(shop)
        shop.simulation.clock.advance(days=10)
        confirm, schedule = (
            partial(commerce.confirm_receipt, shop.ports, HAO, order.id),
            partial(commerce.handle_schedule, shop.ports),
        )
        results = race([confirm, schedule] * 16)
        assert {result.state for result in results[0::2]} == {S.RECEIVED}
        assert sum(results[1::2]) <= 1
        assert count_entries(shop, order) == {EntryReason.CAPTURE: 1, EntryReason.SPLIT: 1}
        assert escrow_balance(shop, order) == 0


def test_m7_50_requests_with_one_key_are_one_order_and_one_reservation(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(stock=1, simulation=simulation)
        results = race([partial(shop.order, key=shop.new_key(HAO))] * 50)
        assert len(set(map(repr, results))) == 1
        assert shop.current_listing().stock == 0
        assert len(commerce.list_orders(shop.ports, HAO, PageRequest(100)).items) == 1
