"""Refunds of an order that we request: cancelled, not shipped in time, or given by the seller."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, OrderState, RefundReason
from services.commerce.domain.order import MAX_SELLER_REFUNDS
from services.commerce.errors import OrderNotFound, OrderStateConflict, RefundAboveRefundable, RefundLimitReached
from services.commerce.repository.ledger import list_entries
from services.shared.kernel.errors import KeyReused
from services.shared.messaging.events import OrderPartlyRefunded
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from tests.usecases.commerce.refunding import all_events, deliver, give_back, open_balances, requested, sell, states

S, R = OrderState, RefundReason
SELLER, OWNER = f"seller:{MEI.user_id}", f"owner:{LIN.user_id}"


def test_m27_a_buyer_cancels_a_reservation_and_its_units_return_once() -> None:
    shop, order = sell(S.RESERVED)
    for _ in range(2):
        after = commerce.cancel_order(shop.ports, HAO, order.id)
        assert (after.state, after.cancel_reason, after.due_at) == (S.CANCELLED, R.CANCELLED, None)
    assert shop.current_listing().stock == 1
    assert states(shop) == ["reserved", "cancelled"]
    shop.simulation.clock.advance(days=1)
    assert commerce.handle_schedule(shop.ports) == 0


@pytest.mark.parametrize("minutes", [0, 20])
def test_m7_a_payment_of_a_cancelled_order_goes_back_whole(minutes: int) -> None:
    """Also one that was captured before the buyer cancelled, and is reported after it."""
    shop, order = sell(S.RESERVED)
    captured_at = shop.simulation.clock()
    commerce.cancel_order(shop.ports, HAO, order.id)
    shop.simulation.clock.advance(minutes=minutes)
    assert shop.pay(order, captured_at).state is S.CANCELLED
    commerce.handle_schedule(shop.ports)
    assert shop.simulation.payments.refunded == {"pay_0.CNY.1": order.total}
    shop.refund(order, refund_reference="pay_0.CNY.1")
    assert open_balances(shop) == {}
    assert shop.current_listing().stock == 1


def test_m27_a_buyer_cancels_a_paid_order_and_the_whole_goes_back() -> None:
    shop, order = sell()
    for _ in range(3):
        after = commerce.cancel_order(shop.ports, HAO, order.id)
    assert (after.state, after.cancel_reason, after.refundable.amount) == (S.REFUNDING, R.CANCELLED, 0)
    assert requested(shop, order) == {"r1": 10_000}
    assert shop.current_listing().stock == 1
    with pytest.raises(OrderStateConflict):
        commerce.ship_order(shop.ports, MEI, order.id)
    assert deliver(shop, order).state is S.REFUNDED
    assert shop.current_listing().stock == 1, "the units returned when it was cancelled"
    assert open_balances(shop) == {}
    assert commerce.cancel_order(shop.ports, HAO, order.id).state is S.REFUNDED, "a repeat returns the order"
    assert states(shop) == ["reserved", "paid", "refunding", "refunded"]


@pytest.mark.parametrize("state", [S.SHIPPED, S.RECEIVED, S.COMPLETED])
def test_m27_a_shipped_order_is_not_cancelled(state: OrderState) -> None:
    shop, order = sell(state)
    with pytest.raises(OrderStateConflict):
        commerce.cancel_order(shop.ports, HAO, order.id)
    for stranger in (MEI, LIN):
        with pytest.raises(OrderNotFound):
            commerce.cancel_order(shop.ports, stranger, order.id)


@pytest.mark.parametrize("state", [S.PAID, S.SHIPPED, S.RECEIVED, S.COMPLETED])
def test_m9_three_thirds_of_9999_fen_sum_to_it_exactly(state: OrderState) -> None:
    shop, order = sell(state, amount=9_999)
    for _ in range(3):
        give_back(shop, order, 3_333)
    with pytest.raises((RefundAboveRefundable, OrderStateConflict)):
        give_back(shop, order, 1)
    after = deliver(shop, order)
    assert (after.state, after.refunded, after.refunds.requests) == (S.REFUNDED, 9_999, ())
    assert requested(shop, order) == {"r1": 3_333, "r2": 3_333, "r3": 3_333}
    assert open_balances(shop) == {}
    assert shop.current_listing().stock == (1 if state is S.PAID else 0)


@pytest.mark.parametrize("is_delivered", [False, True])
def test_m9_one_of_20_refunds_of_60_percent_is_made(is_delivered: bool) -> None:
    shop, order = sell(S.SHIPPED)
    made = 0
    for _ in range(20):
        shop.simulation.clock.advance(minutes=1)  # the rate of the seller is not what this is about
        try:
            give_back(shop, order, 6_000)
            made += 1
        except RefundAboveRefundable as error:
            assert error.facts == {"refundable": 4_000}
        if is_delivered:
            deliver(shop, order)
    assert made == 1
    assert requested(shop, order) == {"r1": 6_000}


def test_m9_a_retry_of_a_refund_is_one_refund_and_another_amount_is_an_error() -> None:
    shop, order = sell(S.SHIPPED)
    key = shop.new_key(MEI)
    for _ in range(3):
        assert give_back(shop, order, 1_000, key).refundable.amount == 9_000
    deliver(shop, order)
    assert give_back(shop, order, 1_000, key).refunded == 1_000, "also after it was made"
    with pytest.raises(KeyReused):
        give_back(shop, order, 2_000, replace(key, body_hash=key.body_hash[::-1]))
    assert requested(shop, order) == {"r1": 1_000}


def test_m9_a_seller_refunds_an_order_as_often_as_it_remembers_the_requests() -> None:
    """A retry of the first one, after all others, is no second refund."""
    shop, order = sell(S.SHIPPED)
    first = shop.new_key(MEI)
    for number in range(MAX_SELLER_REFUNDS):
        give_back(shop, order, 100, None if number else first)
    with pytest.raises(RefundLimitReached):
        give_back(shop, order, 100)
    give_back(shop, order, 100, first)
    assert sum(requested(shop, order).values()) == 100 * MAX_SELLER_REFUNDS


def test_m9_the_seller_alone_gives_money_back() -> None:
    shop, order = sell(S.SHIPPED)
    for stranger in (HAO, LIN):
        with pytest.raises(OrderNotFound):
            give_back(shop, order, 1, by=stranger)


def test_m9_all_that_is_left_of_a_paid_order_cancels_it() -> None:
    shop, order = sell()
    assert give_back(shop, order, 4_000).state is S.PAID, "a part leaves the state"
    deliver(shop, order)
    after = give_back(shop, order, 6_000)
    assert (after.state, after.cancel_reason, shop.current_listing().stock) == (S.REFUNDING, R.GOODWILL, 1)
    assert deliver(shop, order).state is S.REFUNDED
    assert open_balances(shop) == {}
    assert shop.current_listing().stock == 1


@pytest.mark.parametrize("state", [S.RECEIVED, S.COMPLETED])
def test_m16_a_refund_by_the_seller_claws_back_pro_rata_also_after_the_release(state: OrderState) -> None:
    shop, order = sell(state)
    give_back(shop, order, 4_000)
    assert deliver(shop, order).state is state
    shop.simulation.clock.advance(days=7)
    commerce.handle_schedule(shop.ports)
    assert open_balances(shop) == {"cash": 6_000, SELLER: -5_520, "platform": -300, OWNER: -180}


def test_m9_a_refund_that_is_open_on_receipt_is_borne_by_the_shares() -> None:
    shop, order = sell(S.SHIPPED)
    give_back(shop, order, 4_000)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    deliver(shop, order)
    shop.simulation.clock.advance(days=7)
    commerce.handle_schedule(shop.ports)
    assert open_balances(shop) == {"cash": 6_000, SELLER: -5_520, "platform": -300, OWNER: -180}


@pytest.mark.parametrize(("kind", "hours"), [(ListingKind.MERCHANT, 48), (ListingKind.C2C, 72)])
def test_m27_an_order_that_is_not_shipped_in_time_goes_back_once_by_itself(kind: ListingKind, hours: int) -> None:
    shop = Shop(kind, amount=10_000)
    order = shop.order()
    paid = shop.pay(order)
    shop.simulation.clock.advance(hours=hours, microseconds=-1)
    assert commerce.handle_schedule(shop.ports) == 0
    shop.simulation.clock.advance(microseconds=1)
    assert shop.simulation.clock() == paid.ships_by
    with pytest.raises(OrderStateConflict):
        commerce.ship_order(shop.ports, MEI, order.id)
    for _ in range(3):
        commerce.handle_schedule(shop.ports)
    after = shop.current_order(order)
    assert (after.state, after.cancel_reason, shop.current_listing().stock) == (S.REFUNDING, R.NOT_SHIPPED, 1)
    assert requested(shop, order) == {"r1": 10_000}
    assert deliver(shop, order).state is S.REFUNDED
    shop.simulation.clock.advance(days=30)
    assert commerce.handle_schedule(shop.ports) == 0
    assert open_balances(shop) == {}


def test_m9_each_partial_refund_is_published_when_it_is_made() -> None:
    shop, order = sell(S.SHIPPED)
    for amount in (100, 200):
        give_back(shop, order, amount)
    assert not any(isinstance(event, OrderPartlyRefunded) for event in all_events(shop))
    deliver(shop, order)
    made = [event.data.refunded_amount for event in all_events(shop) if isinstance(event, OrderPartlyRefunded)]
    assert made == [100, 300]


def test_m9_each_refund_is_one_ledger_entry() -> None:
    shop, order = sell(S.SHIPPED)
    for amount in (100, 200):
        give_back(shop, order, amount)
    deliver(shop, order, times=5)
    entries = [str(entry.reason) for entry in list_entries(shop.simulation.commerce_table, order.id)]
    assert entries.count("refund") == 2


def test_m9_a_refund_of_an_unpaid_order_is_denied() -> None:
    shop, order = sell(S.RESERVED)
    with pytest.raises(OrderStateConflict):
        give_back(shop, order, 1)
    shop.simulation.clock.advance(minutes=15)
    commerce.handle_schedule(shop.ports)
    for act in (partial(give_back, shop, order, 1), partial(commerce.cancel_order, shop.ports, HAO, order.id)):
        with pytest.raises(OrderStateConflict):
            act()
