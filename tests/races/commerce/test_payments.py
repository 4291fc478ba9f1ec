"""Races of captures, refunds and schedules of one order: money is booked once, and what no order keeps goes back once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order, OrderState
from services.commerce.domain.money import Money
from services.commerce.repository.ledger import list_entries
from services.commerce.repository.listings import listing_key
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.setup.requests import change
from tests.races.conftest import Rounds
from tests.support.races import race

pytestmark = pytest.mark.cloud

S = OrderState


def sums(shop: Shop, order: Order) -> Counter[str]:
    """Return the sum of each ledger account, without those that are zero."""
    counted: Counter[str] = Counter()
    for entry in list_entries(shop.simulation.commerce_table, order.id):
        assert sum(line.amount for line in entry.lines) == 0
        for line in entry.lines:
            counted[line.ledger_account] += line.amount
    return Counter({name: amount for name, amount in counted.items() if amount})


def test_m7_32_captures_of_8_payments_pay_the_order_once_and_7_payments_go_back(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(simulation=simulation)
        order, at = shop.order(), simulation.clock()
        payments = [f"pay_race{number}" for number in range(8)]
        for payment in payments:
            simulation.payments.capture(payment, order.total)
        race([partial(shop.receive, order, payment_id=payment, captured_at=at) for payment in payments * 4])
        paid = shop.current_order(order)
        assert paid.state is S.PAID
        assert sums(shop, order)["cash"] == 8 * order.total.amount
        race([partial(commerce.handle_schedule, shop.ports)] * 4)
        returned = {reference.split(".")[0] for reference in simulation.payments.refunded}
        assert returned == {*payments} - {paid.payment_id}
        assert len(simulation.payments.refunded) == 7


def test_m9_20_refunds_of_60_percent_at_once_are_one_of_the_order_and_the_rest_is_an_unbalanced_payment(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(amount=10_000, simulation=simulation)
        order = shop.order()
        shop.pay(order)
        race([partial(shop.refund, order, 6_000, number) for number in range(2)] * 10)
        after = shop.current_order(order)
        assert (after.state, after.refunded) == (S.REFUNDED, 10_000)
        assert sums(shop, order) == {"cash": -2_000, f"unapplied:{after.payment_id}": 2_000}
        assert shop.current_listing().stock == 1


def test_m9_capture_refunds_shipment_and_receipt_at_once_end_in_one_state(rounds: Rounds) -> None:
    """The buyer gets back exactly what was refunded, whatever came first."""
    for simulation in rounds:
        shop = Shop(amount=10_000, simulation=simulation)
        order, at = shop.order(), simulation.clock()
        refunds = [partial(shop.refund, order, 2_500, number) for number in range(4)]
        others = [
            partial(shop.pay, order, at),
            partial(commerce.ship_order, shop.ports, MEI, order.id),
            partial(commerce.confirm_receipt, shop.ports, HAO, order.id),
        ]
        calls = [*refunds, *others] * 4
        race(random.sample(calls, len(calls)))
        after = shop.current_order(order)
        assert (after.state, after.refunded, sums(shop, order)) == (S.REFUNDED, 10_000, {})


def test_m26_a_late_payment_racing_the_withdrawal_of_its_listing_is_paid_or_goes_back(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(simulation=simulation)
        order = shop.order()
        simulation.clock.advance(minutes=15)
        withdraw = partial(commerce.withdraw_listing, shop.ports, MEI, shop.circle_id, shop.listing.id)
        race([*[partial(shop.pay, order)] * 8, withdraw, partial(commerce.handle_schedule, shop.ports)])
        after, stock = shop.current_order(order), shop.current_listing().stock
        assert (after.state, stock) in ((S.PAID, 0), (S.REFUNDING, 1))
        kept = "escrow:" if after.state is S.PAID else "unapplied:"
        assert {name.split(":")[0] + ":" for name in sums(shop, order) if name != "cash"} == {kept}


def test_m26_a_removal_racing_an_edit_and_a_withdrawal_stays(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(simulation=simulation)
        listing, where = shop.listing, (shop.circle_id, shop.listing.id)
        edit = partial(shop.update_listing, 13_000, True, change(listing.revision))
        moderator = Shop(simulation=simulation).ports
        calls: list[Callable[[], Any]] = [
            partial(commerce.remove_listing, moderator, MEI, *where, "假货"),
            partial(commerce.withdraw_listing, shop.ports, MEI, *where),
            edit,
        ]
        race(random.sample(calls * 3, 9))
        after = shop.current_listing()
        assert (after.offer.on_sale, after.active_removal is not None) == (False, True)
        item = simulation.commerce_table.get(listing_key(*where), consistent_read=True)
        assert item
        assert item["audit_length"] == 1
        assert shop.listing.price == Money(12_900, "CNY")
