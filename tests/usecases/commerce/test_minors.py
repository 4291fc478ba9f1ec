"""M25: a minor sells nothing, and spends at most the cap in a month of China, over all users of the identity."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order, OrderState
from services.commerce.errors import ListingNotOnSale, MinorSpendingLimitReached, StockInsufficient
from services.commerce.repository.orders import order_from_item
from services.commerce.repository.spending import get_spending
from services.commerce.settings import settings
from services.shared.kernel.clock import china_month
from services.shared.kernel.errors import CallerMinor, Unavailable
from services.shared.kernel.pages import PageRequest
from services.shared.security.account_status import get_account_status
from services.shared.security.actions import ActionKind
from services.shared.security.auth import authorize
from services.shared.table.port import TransactionConflict
from simulation.memory import MemoryTable
from simulation.settings import overridden
from simulation.setup.commerce import HAO, MEI, Shop, end_of
from simulation.users import ADULT_ON, caller
from tests.support.races import race, split_results

PRICE = 10_000  # four of them are the cap
DAY = timedelta(days=1)


def shop_of(adult_on: date | None = ADULT_ON, stock: int = 50) -> Shop:
    """Return a shop whose buyer is a minor until a day."""
    shop = Shop(stock=stock, amount=PRICE)
    shop.set_identity(HAO, "identity of Hao", adult_on)
    return shop


def counted(shop: Shop) -> int:
    """Return what the month counts, which must be what its orders say."""
    table = shop.simulation.commerce_table
    assert isinstance(table, MemoryTable)
    items = table.all_items()
    orders = [order_from_item(item) for item in items if item["sk"].startswith("ORDER#")]
    total = sum(int(item["amount"]) for item in items if item["pk"].startswith("SPENDING#"))
    assert total == sum(order.spent for order in orders if order.minor_ids)
    return total


@pytest.mark.parametrize(
    ("age_in_days", "spends", "sells"), [(-365 * 5, 4, False), (-1, 4, False), (0, 5, True), (1, 5, True), (None, 5, True)]
)
def test_m25_the_table_by_age(age_in_days: int | None, spends: int, sells: bool) -> None:
    """Rows: days since the 18th birthday; None of an adult. The cap is 4 units."""
    shop = shop_of(None, 50)
    today = (shop.simulation.clock() + timedelta(hours=8)).date()
    adult_on = None if age_in_days is None else today - timedelta(days=age_in_days)
    for user in (HAO, MEI):
        shop.set_identity(user, f"of {user.user_id}", adult_on if user is HAO else None)
    placed = 0
    with suppress(MinorSpendingLimitReached):
        for _ in range(5):
            shop.order()
            placed += 1
    assert placed == spends
    table, now = shop.simulation.commerce_table, shop.simulation.clock()
    assert authorize(table, HAO, now, ActionKind.PARTICIPATE)
    if sells:
        assert authorize(table, HAO, now, ActionKind.SELL)
    else:
        with pytest.raises(CallerMinor):
            authorize(table, HAO, now, ActionKind.SELL)


def test_m25_the_day_begins_in_china() -> None:
    shop = shop_of(date(2031, 2, 3))
    status = get_account_status(shop.simulation.commerce_table, HAO.user_id)
    assert status.is_minor(datetime(2031, 2, 2, 15, 59, tzinfo=UTC))
    assert not status.is_minor(datetime(2031, 2, 2, 16, 0, tzinfo=UTC))


def test_m25_a_listing_of_a_minor_is_paused_whatever_put_it_on_sale() -> None:
    shop = Shop(stock=5)
    assert shop.order()
    shop.set_identity(MEI, "identity of Mei", ADULT_ON)
    with pytest.raises(ListingNotOnSale):
        shop.order()
    assert commerce.list_listings(shop.ports, HAO, shop.circle_id, PageRequest(20)).items == []
    shop.simulation.clock.advance(days=365 * 6)
    shop.set_member(HAO)
    assert shop.order()


def test_m25_an_identity_of_an_adult_does_not_hide_that_of_a_minor() -> None:
    shop = shop_of()
    shop.set_identity(HAO, "identity of a parent")
    shop.set_identity(HAO, "identity of Hao")  # an event without the day does not undo it
    with pytest.raises(MinorSpendingLimitReached):
        shop.order(quantity=5)


def test_m25_all_users_of_the_identity_share_the_cap_until_the_month_ends_in_china() -> None:
    shop, second = shop_of(), caller("hao-second")
    shop.set_member(second)
    shop.set_identity(second, "identity of Hao", ADULT_ON)
    shop.order(quantity=3)
    with pytest.raises(MinorSpendingLimitReached) as error:
        shop.order(second, quantity=2)
    now = shop.simulation.clock()
    resets_at = datetime.fromisoformat(str(error.value.facts["resets_at"]))
    assert (error.value.facts["limit"], error.value.facts["remaining"]) == (40_000, 10_000)
    assert now < resets_at <= now + 31 * DAY and china_month(resets_at) != china_month(now) == china_month(resets_at - DAY)
    shop.simulation.clock.advance(seconds=(resets_at - now).total_seconds() - 1)
    with pytest.raises(MinorSpendingLimitReached):
        shop.order(second, quantity=2)
    shop.simulation.clock.advance(seconds=1)
    assert shop.order(second, quantity=4)


def test_m25_a_retry_returns_the_order_and_counts_once() -> None:
    shop = shop_of()
    key = shop.new_key(HAO)
    first = shop.order(quantity=4, key=key)
    assert shop.order(quantity=4, key=key) == first
    assert counted(shop) == 4 * PRICE


def test_m25_fifty_orders_at_once_never_exceed_the_cap() -> None:
    shop = shop_of()
    users = [HAO, *(caller(f"hao-{number}") for number in range(9))]
    for user in users:
        shop.set_member(user)
        shop.set_identity(user, "identity of Hao", ADULT_ON)
        shop.address_of(user)

    def place(number: int) -> bool:
        user = users[number % len(users)]
        key = shop.new_key(user)
        while True:
            try:
                return bool(shop.order(user, key=key))
            except (MinorSpendingLimitReached, StockInsufficient):
                return False
            except (Unavailable, TransactionConflict):
                continue

    placed, errors = split_results(race([partial(place, number) for number in range(50)]))
    assert (errors, sum(placed)) == ([], 4)
    assert counted(shop) == 4 * PRICE


def cancel(shop: Shop, order: Order) -> None:
    commerce.cancel_order(shop.ports, HAO, order.id)


def expire(shop: Shop, order: Order) -> None:
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)


def end_promise(shop: Shop, order: Order) -> None:
    shop.pay(order)
    shop.simulation.clock.advance(days=8)
    commerce.handle_schedule(shop.ports)


def cancel_paid(shop: Shop, order: Order) -> None:
    shop.pay(order)
    cancel(shop, order)


def refund_shipped(shop: Shop, order: Order) -> None:
    shop.pay(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    shop.refund(order)


def refund_received(shop: Shop, order: Order) -> None:
    shop.pay(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    shop.refund(order)


def lose_chargeback(shop: Shop, order: Order) -> None:
    shop.pay(order)
    for kind in ("opened", "lost"):
        shop.receive(order, f"chargeback.{kind}", chargeback_id="cb_1")


@pytest.mark.parametrize(
    "give_back", [cancel, expire, end_promise, cancel_paid, refund_shipped, refund_received, lose_chargeback]
)
def test_m25_what_goes_back_to_the_buyer_is_not_spent(give_back: Callable[[Shop, Order], None]) -> None:
    shop = shop_of()
    order = shop.order(quantity=4)
    give_back(shop, order)
    assert (counted(shop), shop.current_order(order).spent) == (0, 0)
    give_back_again = partial(commerce.handle_schedule, shop.ports)
    give_back_again()
    assert counted(shop) == 0


def test_m25_a_refund_in_part_returns_its_part_to_the_month_of_the_order() -> None:
    shop = shop_of()
    order = shop.order(quantity=4)
    shop.pay(order)
    shop.simulation.clock.advance(days=1)
    shop.refund(order, 2_500)
    assert counted(shop) == 4 * PRICE - 2_500
    with pytest.raises(MinorSpendingLimitReached):
        shop.order()


def test_m25_a_payment_in_time_that_comes_late_counts_again_or_goes_back() -> None:
    shop = shop_of()
    order, at = shop.order(quantity=4), shop.simulation.clock()
    expire(shop, order)
    assert counted(shop) == 0
    shop.pay(order, captured_at=at)
    assert (counted(shop), shop.current_order(order).state) == (4 * PRICE, OrderState.PAID)


def test_m25_a_payment_of_an_expired_order_goes_back_if_the_cap_is_spent() -> None:
    shop = shop_of()
    order, at = shop.order(quantity=4), shop.simulation.clock()
    assert at < end_of(order)
    expire(shop, order)
    shop.order(quantity=1)
    shop.pay(order, captured_at=at)
    assert (counted(shop), shop.current_order(order).state) == (PRICE, OrderState.REFUNDING)


def test_m25_a_lower_cap_denies_new_orders_and_keeps_those_that_are_placed() -> None:
    shop = shop_of()
    order = shop.order(quantity=3)
    with overridden(settings, minor_monthly_spending=PRICE):
        with pytest.raises(MinorSpendingLimitReached) as error:
            shop.order()
        assert error.value.facts["remaining"] == 0
        assert shop.pay(order).state is OrderState.PAID


def test_m25_an_adult_writes_and_reads_nothing_of_it() -> None:
    shop = shop_of(None)
    order = shop.order(quantity=10)
    assert order.minor_ids == ()
    assert get_spending(shop.simulation.commerce_table, ["identity of Hao"], china_month(order.created_at)) == 0
