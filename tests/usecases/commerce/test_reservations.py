"""How much one buyer can reserve: orders and units of a listing, also after they expired, and exactly under races."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from functools import partial
from unittest import mock

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain.reservations import OpenReservations, Reservation
from services.commerce.errors import OpenReservationLimitReached, ReservedUnitLimitReached
from services.commerce.settings import settings
from services.shared.kernel.errors import RateLimitReached
from services.shared.kernel.ids import IdempotencyKey
from services.shared.table.port import Table, Throttled, TransactionConflict
from simulation.faults import FaultyTable, Lost, every_fault
from simulation.settings import overridden, reset_settings
from simulation.setup.commerce import HAO, LIN, Shop
from tests.support.races import race, split_results

RESERVED, COOL_DOWN = settings().reservation_lifetime, settings().reservation_cool_down


@pytest.fixture(autouse=True)
def default_rate_limits(relaxed_rate_limits: None) -> None:
    reset_settings()


def test_m7_a_buyer_has_at_most_5_unpaid_orders_until_one_is_paid() -> None:
    shop = Shop(stock=100)
    orders = [shop.order() for _ in range(5)]
    with pytest.raises(OpenReservationLimitReached) as error:
        shop.order()
    assert error.value.facts == {"limit": 5}
    assert shop.order(LIN).lines[0].quantity == 1
    shop.pay(orders[2])
    shop.order()
    with pytest.raises(OpenReservationLimitReached):
        shop.order()


def test_m7_a_cancelled_reservation_counts_as_one_that_expired() -> None:
    """Otherwise one buyer could reserve the whole stock again and again, and never pay."""
    shop = Shop(stock=100)
    for _ in range(5):
        commerce.cancel_order(shop.ports, HAO, shop.order().id)
    with pytest.raises(OpenReservationLimitReached):
        shop.order()
    shop.simulation.clock.advance(minutes=45)
    shop.order()


def test_m7_a_buyer_reserves_at_most_10_units_of_a_listing() -> None:
    shop = Shop(stock=100)
    first = shop.order(quantity=6)
    with pytest.raises(ReservedUnitLimitReached) as error:
        shop.order(quantity=5)
    assert error.value.facts == {"limit": 10}
    shop.order(quantity=4)
    assert shop.current_listing().stock == 90
    shop.pay(first)
    shop.order(quantity=6)
    with pytest.raises(ReservedUnitLimitReached):
        shop.order(quantity=1)


def test_m7_an_order_that_expired_unpaid_is_not_renewed_before_the_moment_in_retry_after() -> None:
    shop = Shop(stock=100)
    shop.order(quantity=10)
    placed_at = shop.simulation.clock.now
    shop.simulation.clock.advance(seconds=RESERVED.total_seconds() + 1)
    assert commerce.handle_schedule(shop.ports) == 1
    assert shop.current_listing().stock == 100
    with pytest.raises(ReservedUnitLimitReached) as error:
        shop.order(quantity=10)
    assert error.value.retry_after is not None
    frees_at = placed_at + RESERVED + COOL_DOWN
    now = shop.simulation.clock.now
    assert 0 <= error.value.retry_after - (frees_at - now).total_seconds() < 1
    shop.simulation.clock.now = frees_at.replace(microsecond=0)
    shop.simulation.clock.advance(seconds=-1)
    with pytest.raises(ReservedUnitLimitReached):
        shop.order(quantity=10)
    shop.simulation.clock.now = now
    shop.simulation.clock.advance(seconds=error.value.retry_after)
    assert shop.order(quantity=10).lines[0].quantity == 10


def test_m7_an_order_paid_late_does_not_count() -> None:
    shop = Shop(stock=100)
    late = shop.order(quantity=10)
    shop.simulation.clock.advance(seconds=RESERVED.total_seconds() + 1)
    commerce.handle_schedule(shop.ports)
    shop.pay(late)
    assert shop.order(quantity=10).lines[0].quantity == 10


def test_m7_the_limit_of_units_is_per_listing() -> None:
    shop = Shop(stock=100)
    shop.order(quantity=10)
    other = Shop(stock=100, simulation=shop.simulation)
    assert other.order(quantity=10).lines[0].quantity == 10


def test_m7_parallel_orders_of_one_buyer_reserve_at_most_the_limit() -> None:
    shop = Shop(stock=1000)
    keys = [shop.new_key(HAO) for _ in range(40)]
    with overridden(settings, order_burst=100):
        placed, errors = split_results(race(partial(shop.order, HAO, 1, key) for key in keys))
    assert (len(placed), {type(error) for error in errors}) == (5, {OpenReservationLimitReached})
    assert shop.current_listing().stock == 995


def test_m7_50_orders_at_once_are_at_most_the_burst() -> None:
    shop = Shop(stock=1000)
    keys = [shop.new_key(HAO) for _ in range(50)]
    with overridden(settings, order_burst=4, max_open_reservations=10):
        placed, errors = split_results(race(partial(shop.order, HAO, 1, key) for key in keys))
    assert (len(placed), {type(error) for error in errors}) == (4, {RateLimitReached})


def test_m7_a_repeat_of_an_order_is_its_result_when_the_limits_are_reached() -> None:
    shop = Shop(stock=100)
    keys = [shop.new_key(HAO) for _ in range(5)]
    orders = [shop.order(key=key) for key in keys]
    with pytest.raises(OpenReservationLimitReached):
        shop.order()
    assert [shop.order(key=key) for key in keys] == orders
    assert shop.current_listing().stock == 95


def test_m7_a_crash_between_limit_and_order_is_completed_by_the_retry_or_counts_for_a_minute() -> None:
    made: list[tuple[Shop, IdempotencyKey]] = []

    def make() -> Table:
        shop = Shop(stock=100)
        made.append((shop, shop.new_key(HAO)))
        return shop.simulation.commerce_table

    def order(ports: commerce.Ports, shop: Shop, key: IdempotencyKey) -> None:
        wanted = {"listing_id": shop.listing.id, "revision": shop.listing.revision, "quantity": 1}
        commerce.place_order(ports, HAO, shop.circle_id, key, **wanted)  # type: ignore[arg-type]

    def run(table: FaultyTable) -> None:
        shop, key = made[-1]
        with contextlib.suppress(Lost, TransactionConflict, Throttled):
            order(replace(shop.ports, table=table), shop, key)

    for number, _ in enumerate(every_fault(make, run)):
        shop, key = made[-1]
        if number % 2:  # the buyer retries
            order(shop.ports, shop, key)
            assert shop.current_listing().stock == 99
        stored = 100 - shop.current_listing().stock
        shop.simulation.clock.advance(minutes=1)
        for _ in range(5 - stored):
            shop.order()
        with pytest.raises(OpenReservationLimitReached):
            shop.order()
        assert shop.current_listing().stock == 95


def fail_between_limit_and_order(shop: Shop, key: IdempotencyKey, quantity: int = 1) -> None:
    with mock.patch.object(type(shop.simulation.commerce_table), "transact", side_effect=Throttled), pytest.raises(Throttled):
        shop.order(key=key, quantity=quantity)


def test_m7_an_order_whose_creation_can_be_in_progress_counts() -> None:
    shop = Shop(stock=100)
    for _ in range(5):
        fail_between_limit_and_order(shop, shop.new_key(HAO))
    shop.simulation.clock.advance(seconds=59)
    with pytest.raises(OpenReservationLimitReached):
        shop.order()
    shop.simulation.clock.advance(seconds=1)
    shop.order()


def test_m7_a_repeat_counts_again_before_what_its_first_try_opened_can_be_removed() -> None:
    order = Shop().order()
    opened = OpenReservations(()).add([order])
    assert opened.add([replace(order, created_at=order.created_at + timedelta(seconds=29))]) == opened
    later = replace(order, created_at=order.created_at + timedelta(seconds=30))
    assert opened.add([later]).reservations == (Reservation.of(later),)


def test_m7_requests_that_failed_are_not_repeated_beyond_the_limit() -> None:
    shop = Shop(stock=100)
    with overridden(settings, order_burst=100):
        keys = [shop.new_key(HAO) for _ in range(5)]
        for key in keys:
            fail_between_limit_and_order(shop, key)
        shop.simulation.clock.advance(minutes=1)
        for _ in range(4):
            shop.order()
        _, errors = split_results(race(partial(shop.order, HAO, 1, key) for key in keys))
        assert {type(error) for error in errors} == {OpenReservationLimitReached}
    assert shop.current_listing().stock == 95


@pytest.mark.parametrize(("first", "second"), [(1, 9), (9, 1)])
def test_m7_a_key_with_another_quantity_counts_the_larger_one(first: int, second: int) -> None:
    shop = Shop(stock=100)
    key = shop.new_key(HAO)
    fail_between_limit_and_order(shop, key, first)
    assert shop.order(key=replace(key, body_hash="another"), quantity=second).lines[0].quantity == second
    with pytest.raises(ReservedUnitLimitReached):
        shop.order(quantity=2)
    assert shop.order().lines[0].quantity == 1


def test_m7_starting_a_payment_again_and_again_has_a_rate_limit() -> None:
    shop = Shop(stock=100)
    order = shop.order()
    for _ in range(settings().payment_burst):
        commerce.start_payment(shop.ports, HAO, order.id)
    with pytest.raises(RateLimitReached) as error:
        commerce.start_payment(shop.ports, HAO, order.id)
    assert error.value.retry_after == settings().payment_interval.total_seconds()
