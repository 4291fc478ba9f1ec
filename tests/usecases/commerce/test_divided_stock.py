"""The stock of a listing with many units, divided over items of its own: exact, sold to the last unit, shown by the stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import OptionInput, Order, OrderState
from services.commerce.domain.divided_stock import LISTING_ITEM, DividedStock, take_units
from services.commerce.domain.money import Money
from services.commerce.repository import purchasing
from services.commerce.repository.closing import delete_circle_items
from services.commerce.repository.divided_stock import UNITS
from services.commerce.settings import settings
from services.shared.messaging.events import ListingChanged
from services.shared.security.auth import Caller
from services.shared.table.items import Item
from simulation.settings import overridden
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.setup.requests import change
from simulation.streams import (
    all_changes,
    handle_all_changes,
    handle_changes,
    handle_new_changes,
    new_changes,
    published_events,
)
from simulation.users import caller
from tests.support.races import race, split_results

SHARDS, FROM = 4, 100


@pytest.fixture(autouse=True)
def small_figures() -> Iterator[None]:
    with overridden(settings, divided_stock_from=FROM, stock_shards=SHARDS):
        yield


def divided_shop(stock: int = FROM) -> Shop:
    """Return a shop whose stock the stream has divided."""
    shop = Shop(stock=stock)
    handle_new_changes(shop.simulation, "commerce")
    assert shop.current_listing().divided.shards == SHARDS
    return shop


def shards_of(shop: Shop) -> list[Item]:
    items = shop.simulation.memory("commerce").all_items()
    return [item for item in items if item["sk"] == UNITS]


def units_in_stock(shop: Shop) -> int:
    """Return the units as they are, on all items."""
    units: int = shop.current_listing().own_stock + sum(item["stock"] for item in shards_of(shop))
    return units


def sell(shop: Shop, units: int) -> list[Order]:
    """Sell one unit each to new buyers."""
    buyers = [caller(f"buyer-{shop.simulation.clock.now.timestamp()}-{number}") for number in range(units)]
    for buyer in buyers:
        shop.set_member(buyer)
    return [shop.order(buyer, address_id="") for buyer in buyers]


def test_m7_the_stream_divides_a_stock_from_a_figure_on_and_no_other_one() -> None:
    shop, ordinary = divided_shop(FROM + 3), Shop(stock=FROM - 1)
    handle_new_changes(ordinary.simulation, "commerce")
    assert (shards_of(ordinary), ordinary.current_listing().divided) == ([], DividedStock())
    assert [item["stock"] for item in shards_of(shop)] == [25] * SHARDS
    listing = shop.current_listing()
    assert (listing.own_stock, listing.stock, shop.shown(listing).stock) == (3, FROM + 3, FROM + 3)
    handle_all_changes(shop.simulation, "commerce")  # a repeat divides nothing
    assert ([item["stock"] for item in shards_of(shop)], shop.current_listing()) == ([25] * SHARDS, listing)


def test_m7_no_sale_of_an_ordinary_listing_reaches_the_stream_handler() -> None:
    shop = Shop(stock=FROM - 1)
    new_changes(shop.simulation, "commerce")
    shop.order(address_id="")
    assert {change.key.sk.partition("#")[0] for change in shop.new_ledger_changes()} == {"ORDER"}


def test_m7_an_order_writes_its_own_stock_item_and_not_the_listing() -> None:
    shop = divided_shop()
    before = shop.current_listing()
    order = shop.order(quantity=3, address_id="")
    home = before.divided.home_of(order.id)
    assert shop.current_listing() == before  # shown until the stream has counted
    assert [item["stock"] for item in shards_of(shop)] == [22 if number == home else 25 for number in range(SHARDS)]
    changes = new_changes(shop.simulation, "commerce")
    handle_changes("commerce", shop.ports, changes)
    handle_changes("commerce", shop.ports, changes)
    after = shop.current_listing()
    assert (after.stock, after.revision, after.version) == (FROM - 3, before.revision, before.version + 1)
    events = published_events("commerce", all_changes(shop.simulation, "commerce"))
    shown = [event.data.stock for event in events if isinstance(event, ListingChanged)]
    assert shown[-1] == FROM - 3


def test_m7_every_unit_of_a_divided_stock_is_sold_and_none_twice() -> None:
    """The stream stands still meanwhile."""
    shop = divided_shop(FROM + 3)
    assert len(sell(shop, FROM + 3)) == FROM + 3
    with pytest.raises(errors.StockInsufficient):
        shop.order(LIN, address_id="")
    assert (units_in_stock(shop), shop.current_listing().stock) == (0, FROM)
    handle_new_changes(shop.simulation, "commerce")
    assert shop.current_listing().stock == 0
    assert shop.shown(shop.current_listing()).sold_out


def test_m7_an_order_gets_the_last_units_from_several_stock_items() -> None:
    shop = divided_shop()
    for item, left in zip(shards_of(shop), (2, 1, 1, 1), strict=True):
        shop.simulation.memory("commerce").set_item({**item, "stock": left})
    with pytest.raises(errors.StockInsufficient):
        shop.order(quantity=6, address_id="")
    order = shop.order(quantity=5, address_id="")
    assert units_in_stock(shop) == 0
    commerce.cancel_order(shop.ports, HAO, order.id)
    assert (units_in_stock(shop), shop.current_listing().own_stock) == (5, 5)
    assert shop.order(LIN, quantity=5, address_id="").state is OrderState.RESERVED


def test_m7_units_that_come_back_are_sold_again_and_come_back_once() -> None:
    shop = divided_shop()
    sold = sell(shop, FROM)
    handle_new_changes(shop.simulation, "commerce")
    for order in sold[:10]:
        shop.pay(order)
    shop.simulation.clock.advance(minutes=16)
    assert [commerce.handle_schedule(shop.ports) for _ in range(2)] == [FROM - 10, 0]
    shop.refund(shop.current_order(sold[0]))
    assert units_in_stock(shop) == FROM - 9 == shop.current_listing().stock
    # In time, but its reservation has expired; another one is too late. Both need units.
    late, in_time = sold[20], sold[21]
    shop.simulation.clock.advance(minutes=1)
    assert shop.pay(in_time, captured_at=in_time.created_at).state is OrderState.PAID
    assert shop.pay(late).state is OrderState.PAID
    assert units_in_stock(shop) == FROM - 11


def test_m7_a_late_payment_gets_units_of_a_divided_stock_or_goes_back() -> None:
    shop = divided_shop()
    first, second = shop.order(address_id=""), shop.order(LIN, address_id="")
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    sell(shop, FROM - 1)
    paid = [shop.pay(first).state, shop.pay(second).state]
    assert (paid, units_in_stock(shop)) == ([OrderState.PAID, OrderState.REFUNDING], 0)


def test_m7_a_restock_adds_and_is_divided_too() -> None:
    shop = divided_shop()
    key = shop.new_key(MEI)
    for _ in range(2):
        restocked = commerce.restock_listing(shop.ports, MEI, shop.circle_id, shop.listing.id, key, FROM + 2)
    assert (restocked.stock, restocked.own_stock, units_in_stock(shop)) == (2 * FROM + 2, FROM + 2, 2 * FROM + 2)
    handle_new_changes(shop.simulation, "commerce")
    assert [item["stock"] for item in shards_of(shop)] == [50] * SHARDS
    assert (shop.current_listing().own_stock, shop.current_listing().stock) == (2, 2 * FROM + 2)
    small = Shop(stock=FROM - 1)
    commerce.restock_listing(small.ports, MEI, small.circle_id, small.listing.id, small.new_key(MEI), 1)
    handle_new_changes(small.simulation, "commerce")
    assert len(shards_of(small)) == SHARDS
    with overridden(settings, divided_stock_from=FROM, max_stock=2 * FROM + 3), pytest.raises(errors.StockLimitReached):
        commerce.restock_listing(shop.ports, MEI, shop.circle_id, shop.listing.id, shop.new_key(MEI), 2)


def withdraw(shop: Shop) -> None:
    commerce.withdraw_listing(shop.ports, MEI, shop.circle_id, shop.listing.id)


def remove(shop: Shop) -> None:
    commerce.remove_listing(shop.ports, LIN, shop.circle_id, shop.listing.id, "假货")


def raise_price(shop: Shop) -> None:
    shop.update_listing(amount=20_000)


@pytest.mark.parametrize("end", [withdraw, remove, raise_price])
def test_m7_no_order_that_begins_after_a_change_gets_the_old_terms(end: Any) -> None:
    shop = divided_shop()
    end(shop)
    with pytest.raises((errors.ListingNotFound, errors.ListingNotOnSale, errors.PriceChanged)):
        shop.order(address_id="")


@pytest.mark.parametrize("end", [withdraw, remove, raise_price])
def test_m7_an_order_that_read_the_listing_before_a_change_ends_with_the_stream(
    end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then it counts as placed before the change: at the price and the terms that its buyer agreed to."""
    shop, find = divided_shop(), purchasing.get_requested
    read = find(shop.simulation.commerce_table, shop.circle_id, HAO.user_id, [shop.listing.id])
    end(shop)
    before = iter([read, read])
    monkeypatch.setattr(purchasing, "get_requested", lambda *request: next(before, None) or find(*request))
    order = shop.order(address_id="")
    assert (order.total, units_in_stock(shop)) == (Money(12_900, "CNY"), FROM - 1)
    handle_new_changes(shop.simulation, "commerce")
    with pytest.raises((errors.ListingNotFound, errors.ListingNotOnSale, errors.PriceChanged)):
        shop.order(address_id="")
    assert (units_in_stock(shop), next(before, None)) == (FROM - 1, None)


def test_m7_the_new_revision_is_sold_before_the_stock_items_have_the_change() -> None:
    shop = divided_shop()
    shop.update_listing(amount=20_000)
    order = shop.order(revision=shop.current_listing().revision, address_id="")
    assert order.total.amount == 20_000
    handle_new_changes(shop.simulation, "commerce")
    assert shop.order(LIN, revision=shop.current_listing().revision, address_id="").total.amount == 20_000


def test_m7_an_edit_leaves_a_divided_stock_as_it_is_and_new_options_have_their_own() -> None:
    shop = divided_shop()
    sell(shop, 7)
    shop.update_listing(amount=10_000)
    handle_new_changes(shop.simulation, "commerce")
    assert (shop.current_listing().stock, units_in_stock(shop)) == (FROM - 7, FROM - 7)
    new = OptionInput("黑色", Money(100, "CNY"), 2)
    named: dict[str, Any] = {"title": "望远镜", "price": None, "on_sale": True, "options": (new,)}
    request = change(shop.current_listing().revision)
    listing = commerce.update_listing(shop.ports, MEI, shop.circle_id, shop.listing.id, request, **named)
    handle_new_changes(shop.simulation, "commerce")
    assert (listing.stock, units_in_stock(shop)) == (2, FROM - 7)
    at = {"listing_id": listing.id, "revision": listing.revision, "quantity": 2, "option_id": "o1"}
    commerce.place_order(shop.ports, HAO, shop.circle_id, shop.new_key(HAO), **at)  # type: ignore[arg-type]
    assert (shop.current_listing().stock, units_in_stock(shop)) == (0, FROM - 7)


def test_m7_threads_sell_restock_return_and_count_at_once_and_no_unit_is_lost() -> None:
    shop = divided_shop()
    buyers = [caller(f"buyer-{number}") for number in range(FROM + 60)]
    for buyer in buyers:
        shop.set_member(buyer)
    orders = [partial(shop.order, buyer, address_id="", key=shop.new_key(buyer)) for buyer in buyers]
    restocks = [
        partial(commerce.restock_listing, shop.ports, MEI, shop.circle_id, shop.listing.id, shop.new_key(MEI), 3)
        for _ in range(4)
    ]
    counts = [partial(handle_all_changes, shop.simulation, "commerce")] * 6
    calls: list[Any] = [*orders]
    for number, call in enumerate([*restocks, *counts]):
        calls.insert(number * 16, call)
    placed, denied = split_results(race(calls))
    sold = [order for order in placed if isinstance(order, Order)]
    assert {type(error) for error in denied} <= {errors.StockInsufficient}
    assert len(sold) + units_in_stock(shop) == FROM + 12
    cancels = [partial(commerce.cancel_order, shop.ports, caller_of(order), order.id) for order in sold[:20]]
    race([*cancels, *cancels, *counts])
    handle_all_changes(shop.simulation, "commerce")
    assert units_in_stock(shop) == FROM + 12 - len(sold) + 20 == shop.current_listing().stock


def caller_of(order: Order) -> Caller:
    return replace(HAO, user_id=order.buyer_id)


def test_m7_units_are_taken_from_one_place_if_one_has_enough_and_else_from_few() -> None:
    stored = {0: 5, 1: 0, 2: 9, 3: 1, LISTING_ITEM: 7}
    assert take_units(stored, 5, home=2) == {2: 5}
    assert take_units(stored, 5, home=1) == {2: 5}
    assert take_units(stored, 5, home=3) == {0: 5}
    assert take_units({0: 1, 1: 2, LISTING_ITEM: 7}, 3, home=0) == {LISTING_ITEM: 3}
    assert take_units(stored, 15, home=0) == {2: 9, LISTING_ITEM: 6}
    assert take_units(stored, 22, home=0) == {2: 9, LISTING_ITEM: 7, 0: 5, 3: 1}
    with pytest.raises(errors.StockInsufficient):
        take_units(stored, 23, home=0)
    assert {DividedStock(SHARDS).home_of(f"ord_{number}") for number in range(100)} == set(range(SHARDS))


def test_m7_one_of_many_counts_at_once_stops_when_two_others_have_counted() -> None:
    first = DividedStock(SHARDS, 90, counts=3)
    later = [first.count(80), first.count(80).count(70)]
    assert [divided.was_counted_after(first) for divided in (first, *later)] == [False, False, True]


def test_m7_a_closed_circle_has_no_stock_items() -> None:
    shop = divided_shop()
    assert len(shards_of(shop)) == SHARDS
    list(delete_circle_items(shop.simulation.commerce_table, shop.circle_id))
    handle_new_changes(shop.simulation, "commerce")
    assert shards_of(shop) == []
