"""M26: options of a listing, each with its price and an exact stock; edited, withdrawn and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, OptionInput, Order, OrderState
from services.commerce.domain.option import MAX_OPTIONS_EVER
from services.commerce.publications import listing_changed
from services.commerce.repository import listings as repository
from services.commerce.repository import stock
from services.commerce.schemas import ListingPageResponse
from services.shared.kernel.errors import Invalid
from services.shared.messaging.outbox import pending_events_of
from services.shared.table.items import Update
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import apply
from simulation.setup.commerce import HAO, MEI, Shop
from tests.usecases.commerce.listing_pages import BLUE, RED, create, edit, read, yuan


def options(listing: Listing) -> dict[str, tuple[str, int, int, bool]]:
    return {each.id: (each.name, each.price.amount, each.stock, each.on_sale) for each in listing.options}


def write(shop: Shop, *writes: Update) -> bool:
    """Apply writes as an order does; return False if a condition failed."""
    try:
        apply(shop.ports, *writes)
    except ConditionFailed:
        return False
    return True


def reserve(shop: Shop, listing: Listing, **units: int) -> bool:
    return write(shop, *stock.reserve_stock(shop.ports, listing, units, "ord_1", is_first_try=True))


def release(shop: Shop, **units: int) -> bool:
    return write(shop, stock.release_stock(shop.ports, shop.circle_id, shop.listing.id, units))


def order(shop: Shop, option_id: str, quantity: int = 1) -> Order:
    listing = shop.current_listing()
    named = {"listing_id": listing.id, "option_id": option_id, "revision": listing.revision, "quantity": quantity}
    return commerce.place_order(shop.ports, HAO, shop.circle_id, shop.new_key(HAO), **named)  # type: ignore[arg-type]


def test_m26_a_listing_with_options_shows_the_lowest_price_and_all_units() -> None:
    shop = Shop()
    listing = create(shop, price=None, options=(RED, BLUE))
    assert (listing.price, listing.stock) == (yuan(10), 8)
    assert options(listing) == {"o1": ("红色", 2_000, 3, True), "o2": ("蓝色", 1_000, 5, True)}
    assert shop.current_listing() == listing
    item = shop.simulation.commerce_table.get(repository.listing_key(shop.circle_id, listing.id))
    assert item
    event = listing_changed(item, pending_events_of(item)[0])
    assert (event.data.amount, event.data.stock, event.data.option_count) == (1_000, 8, 2)


def test_m26_what_is_bought_is_an_option_on_sale_or_the_listing_itself_without_options() -> None:
    shop = Shop(stock=2)
    assert (shop.listing.get_option("").price, shop.listing.get_option("").stock) == (shop.listing.price, 2)
    with pytest.raises(errors.OptionNotFound):
        shop.listing.get_option("o1")
    listing = create(shop, price=None, options=(RED, BLUE))
    assert listing.get_option("o2").name == "蓝色"
    for unknown in ("", "o3"):
        with pytest.raises(errors.OptionNotFound):
            listing.get_option(unknown)
    withdrawn = edit(shop, price=None, options=[replace(RED, id="o1")])
    with pytest.raises(errors.OptionNotFound):
        withdrawn.get_option("o2")
    with pytest.raises(errors.OptionNotFound):
        shop.order(revision=withdrawn.revision)


def test_m26_an_option_that_was_left_out_is_withdrawn_and_keeps_its_id_and_its_units() -> None:
    shop = Shop()
    listing = create(shop, price=None, options=(RED, BLUE))
    assert reserve(shop, listing, o1=1, o2=2)
    green = OptionInput("绿色", yuan(5), 7)
    changed = edit(shop, price=None, options=[green, replace(RED, id="o1", price=yuan(30), name="大红")])
    assert options(changed) == {"o3": ("绿色", 500, 7, True), "o1": ("大红", 3_000, 2, True), "o2": ("蓝色", 1_000, 3, False)}
    assert (changed.price, changed.stock) == (yuan(5), 9)
    assert shop.current_listing() == changed
    assert release(shop, o1=1, o2=2), "an order of before gives its units back"
    assert {each.id: each.stock for each in shop.current_listing().options} == {"o3": 7, "o1": 3, "o2": 5}
    back = edit(shop, price=None, options=[replace(BLUE, id="o2")])
    assert options(back)["o2"] == ("蓝色", 1_000, 5, True)


def test_m26_a_listing_without_options_left_is_sold_at_its_own_price_and_stock() -> None:
    shop = Shop()
    create(shop)
    edit(shop, price=None, options=[RED])
    assert release(shop, **{"": 2}), "of an order that was placed before there were options"
    assert shop.current_listing().stock == 3, "the listing's own units are not on sale meanwhile"
    own = edit(shop, price=yuan(77))
    assert (own.price, own.stock) == (yuan(77), 6)
    assert reserve(shop, own, **{"": 6})
    with pytest.raises(Invalid) as raised:
        edit(shop, price=None)
    assert [(field.at, field.code) for field in raised.value.fields] == [("/amount", "required")]


@pytest.mark.parametrize(
    ("units", "enough"), [({"o1": 3}, True), ({"o1": 4}, False), ({"o1": 1, "o2": 5}, True), ({"o1": 1, "o2": 6}, False)]
)
def test_m26_one_write_reserves_units_of_several_options_or_none(units: dict[str, int], enough: bool) -> None:
    shop = Shop()
    listing = create(shop, price=None, options=(RED, BLUE))
    assert reserve(shop, listing, **units) is enough
    left = {"o1": 3, "o2": 5}
    expected = {each: left[each] - units.get(each, 0) for each in left} if enough else left
    assert {each.id: each.stock for each in shop.current_listing().options} == expected


def test_m26_an_edit_of_an_option_ends_the_agreement_of_buyers() -> None:
    shop = Shop()
    listing = create(shop, price=None, options=(RED, BLUE))
    edit(shop, price=None, options=[replace(RED, id="o1", price=yuan(21)), replace(BLUE, id="o2")])
    assert not reserve(shop, listing, o2=1), "the revision is another one"
    named: dict[str, Any] = {"listing_id": listing.id, "option_id": "o1", "revision": listing.revision, "quantity": 1}
    with pytest.raises(errors.PriceChanged) as raised:
        commerce.place_order(shop.ports, HAO, shop.circle_id, shop.new_key(HAO), **named)
    assert raised.value.facts["quotes"][0]["amount"] == 2_100


LATE: dict[str, tuple[list[OptionInput], OrderState]] = {
    "unchanged": ([replace(RED, id="o1"), replace(BLUE, id="o2")], OrderState.PAID),
    "cheaper": ([replace(RED, id="o1", price=yuan(19))], OrderState.PAID),
    "dearer": ([replace(RED, id="o1", price=yuan(21)), replace(BLUE, id="o2", price=yuan(1))], OrderState.REFUNDING),
    "withdrawn": ([replace(BLUE, id="o2")], OrderState.REFUNDING),
    "without options": ([], OrderState.REFUNDING),
}


@pytest.mark.parametrize("change", LATE)
@pytest.mark.parametrize("is_expired", [True, False])
def test_m7_a_late_payment_of_an_option_is_kept_only_at_no_higher_price(change: str, is_expired: bool) -> None:
    shop = Shop()
    create(shop, price=None, options=(RED, BLUE))
    placed, (given, state) = order(shop, "o1", 2), LATE[change]
    edit(shop, price=None if given else yuan(1), options=given)
    shop.simulation.clock.advance(minutes=16)
    if is_expired:
        commerce.handle_schedule(shop.ports)
        assert units(shop) == {"o1": 3, "o2": 5}
    assert shop.pay(placed).state is state
    assert units(shop) == {"o1": 1 if state is OrderState.PAID else 3, "o2": 5}


@pytest.mark.parametrize("change", LATE)
def test_m7_a_payment_in_time_keeps_its_units_whatever_the_seller_does(change: str) -> None:
    shop = Shop()
    create(shop, price=None, options=(RED, BLUE))
    placed, (given, _) = order(shop, "o1", 2), LATE[change]
    edit(shop, price=None if given else yuan(1), options=given)
    paid_at = shop.simulation.clock()
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    assert shop.pay(placed, paid_at).state is OrderState.PAID
    assert units(shop) == {"o1": 1, "o2": 5}


def units(shop: Shop) -> dict[str, int]:
    return {option.id: option.stock for option in shop.current_listing().options}


def test_m26_an_order_has_the_option_that_was_bought() -> None:
    shop = Shop()
    create(shop, price=None, options=(RED, BLUE))
    (line,) = order(shop, "o1", 2).lines
    assert (line.option_id, line.option_name, line.unit_price) == ("o1", "红色", yuan(20))
    edit(shop, price=None, options=[replace(RED, id="o1", name="大红", price=yuan(30))])
    with pytest.raises(errors.StockInsufficient):
        order(shop, "o1", 2)
    with pytest.raises(errors.OptionNotFound):
        order(shop, "o2")


def test_m7_a_late_payment_of_the_listing_itself_goes_back_when_it_has_options() -> None:
    shop = Shop(stock=2)
    placed = shop.order()
    edit(shop, price=None, options=[BLUE])
    shop.simulation.clock.advance(minutes=16)
    assert shop.pay(placed).state is OrderState.REFUNDING
    assert edit(shop, price=yuan(99)).stock == 2


def test_m26_options_are_at_most_20_on_sale_and_40_ever() -> None:
    shop = Shop()
    many = [OptionInput(f"第 {number} 款", yuan(1), 1) for number in range(20)]
    with pytest.raises(errors.OptionLimitReached):
        create(shop, price=None, options=[*many, RED])
    create(shop, price=None, options=many)
    edit(shop, price=None, options=many)
    assert len(shop.current_listing().options) == MAX_OPTIONS_EVER
    with pytest.raises(errors.OptionLimitReached):
        edit(shop, price=None, options=[RED])
    first = [replace(each, id=f"o{number + 1}") for number, each in enumerate(many)]
    assert len(edit(shop, price=None, options=first).options_on_sale) == 20


@pytest.mark.parametrize(
    ("given", "at", "code"),
    [
        ([RED, RED], "/options/1/name", "must-be-other-name"),
        ([replace(RED, id="o9")], "/options/0/option_id", "must-be-option-of-listing"),
        ([replace(RED, id="o1"), replace(BLUE, id="o1")], "/options/1/option_id", "must-be-option-of-listing"),
    ],
)
def test_m26_an_option_is_named_once_and_is_one_of_the_listing(given: Any, at: str, code: str) -> None:
    shop = Shop()
    create(shop, price=None, options=(RED, BLUE))
    with pytest.raises(Invalid) as raised:
        edit(shop, price=None, options=given)
    assert [(field.at, field.code) for field in raised.value.fields] == [(at, code)]


def test_m26_only_the_seller_sees_withdrawn_options() -> None:
    shop = Shop()
    create(shop, price=None, options=(RED, BLUE))
    edit(shop, price=None, options=[replace(RED, id="o1")])
    addresses = commerce.picture_addresses(shop.ports)
    pages = [ListingPageResponse.of_view(read(shop, each), each.user_id, addresses) for each in (HAO, MEI)]
    assert [[option.option_id for option in page.options] for page in pages] == [["o1"], ["o1", "o2"]]
