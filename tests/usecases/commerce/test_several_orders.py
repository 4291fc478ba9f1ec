"""Orders of several lines and sellers: the limits of open reservations, their payment, and that each is settled apart."""

from __future__ import annotations

from functools import partial

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import OrderState
from services.commerce.schemas import PaymentsRequest
from services.commerce.settings import settings
from simulation.settings import overridden, reset_settings
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from tests.support.races import race, split_results
from tests.usecases.commerce.bazaar import YAN, Bazaar, named_lines

S = OrderState


# Caps of open reservations


@pytest.fixture
def default_limits(relaxed_rate_limits: None) -> None:
    reset_settings()


def test_m7_a_checkout_counts_as_many_unpaid_orders_as_it_has(default_limits: None) -> None:
    shop = Bazaar(stock=100)
    three = [(shop.own[0], 1), (shop.own[2], 1), (shop.of_yan, 1)]
    orders = shop.check_out(*three)
    with pytest.raises(errors.OpenReservationLimitReached):
        shop.check_out(*three)
    shop.check_out(*three[:2])
    assert shop.stock_of(shop.own[0]) == 98
    for order in orders:
        shop.pay(order)
    shop.check_out(*three)


def test_m7_the_units_of_a_listing_are_limited_over_all_lines_and_orders(default_limits: None) -> None:
    shop = Bazaar(stock=100)
    shop.check_out((shop.own[0], 6), (shop.of_yan, 10))
    for wanted in ([(shop.own[0], 5)], [(shop.own[1], 10), (shop.of_yan, 1)]):
        with pytest.raises(errors.ReservedUnitLimitReached):
            shop.check_out(*wanted)
    shop.check_out((shop.own[0], 4), (shop.own[1], 10))
    assert [shop.stock_of(listing) for listing in (*shop.own[:2], shop.of_yan)] == [90, 90, 90]


def test_m7_50_checkouts_at_once_reserve_at_most_the_limits(default_limits: None) -> None:
    shop = Bazaar(stock=1000)
    keys = [shop.new_key(HAO) for _ in range(50)]
    with overridden(settings, order_burst=100, max_open_reservations=50):
        calls = [partial(shop.check_out, (shop.own[0], 3), (shop.of_yan, 1), key=key) for key in keys]
        placed, denied = split_results(race(calls))
    assert (len(placed), {type(error) for error in denied}) == (3, {errors.ReservedUnitLimitReached})
    assert (shop.stock_of(shop.own[0]), shop.stock_of(shop.of_yan)) == (991, 997)


# Payment of several orders, and what happens to them apart


def test_m11_one_page_pays_several_orders_each_with_its_own_payment() -> None:
    shop = Bazaar()
    orders = shop.check_out(*shop.everything())
    ids = [order.id for order in orders]
    page = commerce.start_payments(shop.ports, HAO, shop.circle_id, ids)
    assert list(page.payments) == [f"{HAO.user_id}/{order_id}" for order_id in ids]
    assert len(set(page.payments.values())) == 3
    assert commerce.start_payments(shop.ports, HAO, shop.circle_id, ids) == page
    shop.pay(orders[0])
    with pytest.raises(errors.OrderStateConflict) as raised:
        commerce.start_payments(shop.ports, HAO, shop.circle_id, ids)
    assert named_lines(raised.value) == ["/order_ids/0"]


def test_m11_an_order_of_another_buyer_or_circle_is_not_paid() -> None:
    shop, other = Bazaar(), Shop(stock=2)
    own, foreign = shop.check_out((shop.own[0], 1))[0], shop.check_out((shop.own[0], 1), buyer=LIN)[0]
    elsewhere = Shop(stock=2, simulation=shop.simulation).order()
    for order in (foreign, elsewhere, other.order()):
        with pytest.raises(errors.OrderNotFound):
            commerce.start_payments(shop.ports, HAO, shop.circle_id, [own.id, order.id])
    with pytest.raises(ValueError, match="order_ids"):
        PaymentsRequest.model_validate({"order_ids": [own.id, own.id]})


def test_m11_a_refund_of_one_seller_leaves_the_settlement_of_the_other_alone() -> None:
    shop = Bazaar()
    of_mei, of_yan = shop.check_out((shop.own[0], 1), (shop.of_yan, 2))
    for order, seller in ((of_mei, MEI), (of_yan, YAN)):
        shop.pay(order)
        commerce.ship_order(shop.ports, seller, order.id)
        with pytest.raises(errors.OrderNotFound):
            commerce.ship_order(shop.ports, LIN, order.id)
    shop.refund(of_mei)
    assert commerce.confirm_receipt(shop.ports, HAO, of_yan.id).state is S.RECEIVED
    assert commerce.get_order(shop.ports, HAO, of_mei.id).state is S.REFUNDED
    balances = shop.balances()
    assert balances[f"seller:{YAN.user_id}"] == -of_yan.shares.seller.amount
    assert balances.get(f"seller:{MEI.user_id}", 0) == 0


def test_m7_the_expiry_of_each_order_gives_back_its_units_once() -> None:
    shop = Bazaar()
    shop.check_out(*shop.everything())
    shop.simulation.clock.advance(minutes=16)
    assert commerce.handle_schedule(shop.ports) == 3
    assert commerce.handle_schedule(shop.ports) == 0
    assert [shop.stock_of(listing) for listing, _ in shop.everything()] == [10] * 4


def test_m7_a_late_payment_of_several_lines_needs_all_of_them() -> None:
    shop = Bazaar(stock=1)
    (order,) = shop.check_out((shop.own[0], 1), (shop.own[1], 1))
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    shop.check_out((shop.own[1], 1), buyer=LIN)
    assert shop.pay(order).state is S.REFUNDING
    assert (shop.stock_of(shop.own[0]), shop.stock_of(shop.own[1])) == (1, 0)
