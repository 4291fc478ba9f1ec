"""Orders of several lines and sellers: how they are split, that all or none is placed, and what cannot be ordered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, OrderState
from services.commerce.domain.order_line import MAX_LINES, LineRequest
from services.commerce.schemas import CheckoutRequest
from services.shared.kernel.errors import DomainError, KeyReused
from services.shared.kernel.ids import IdempotencyKey, new_id
from services.shared.kernel.pages import PageRequest
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from tests.support.races import race
from tests.usecases.commerce.bazaar import YAN, Bazaar, named_lines


def test_m11_a_checkout_is_one_order_per_seller_and_kind_in_the_order_of_its_lines() -> None:
    shop = Bazaar()
    orders = shop.check_out(*shop.everything())
    assert [(order.seller_id, str(order.kind), order.total.amount) for order in orders] == [
        (MEI.user_id, "c2c", 12_900 + 2 * 500),
        (MEI.user_id, "merchant", 3 * 700),
        (YAN.user_id, "c2c", 4 * 300),
    ]
    assert [[line.quantity for line in order.lines] for order in orders] == [[1, 2], [3], [4]]
    assert orders[1].platform_share != orders[0].platform_share
    assert [shop.stock_of(listing) for listing, _ in shop.everything()] == [9, 8, 7, 6]
    assert {order.id for order in commerce.list_orders(shop.ports, HAO, PageRequest()).items} == {order.id for order in orders}


def test_m11_a_retried_checkout_returns_all_its_orders_whatever_changed_since() -> None:
    shop = Bazaar()
    key = shop.new_key(HAO)
    first = shop.check_out(*shop.everything(), key=key)
    shop.update_listing(on_sale=False)
    shop.set_member(HAO, state="left")
    assert shop.check_out(*shop.everything(), key=key) == first
    assert [shop.stock_of(listing) for listing, _ in shop.everything()] == [9, 8, 7, 6]
    other = IdempotencyKey(key.user, key.route, key.value, key.at_ms, "another", key.secret)
    with pytest.raises(KeyReused):
        shop.check_out((shop.own[0], 1), key=other)


def test_m11_one_key_at_once_places_the_orders_once() -> None:
    shop = Bazaar()
    key = shop.new_key(HAO)
    results = race([partial(shop.check_out, *shop.everything(), key=key)] * 16)
    assert len(set(map(repr, results))) == 1
    assert [shop.stock_of(listing) for listing, _ in shop.everything()] == [9, 8, 7, 6]


def test_m5_a_changed_price_returns_the_quotes_of_all_lines_and_places_nothing() -> None:
    shop = Bazaar()
    changed = shop.update_listing(15_000)
    with pytest.raises(errors.PriceChanged) as raised:
        shop.check_out(*shop.everything())
    quotes = raised.value.facts["quotes"]
    assert [(quote["listing_id"], quote["amount"]) for quote in quotes] == [
        (listing.id, amount) for listing, amount in zip([*shop.own, shop.of_yan], (15_000, 500, 700, 300), strict=True)
    ]
    assert quotes[0]["revision"] == changed.revision
    assert commerce.list_orders(shop.ports, HAO, PageRequest()).items == []
    lines = [LineRequest(quote["listing_id"], quote["revision"], 1) for quote in quotes]
    assert commerce.check_out(shop.ports, HAO, shop.circle_id, shop.new_key(HAO), lines)


def other_circle(shop: Bazaar) -> Listing:
    return Shop(simulation=shop.simulation).listing


def sold_out(shop: Bazaar) -> Listing:
    shop.order(LIN, quantity=10)
    return shop.listing


def withdrawn(shop: Bazaar) -> Listing:
    return shop.update_listing(on_sale=False)


def of_a_former_seller(shop: Bazaar) -> Listing:
    shop.set_member(YAN, state="left")
    return shop.of_yan


def of_a_restricted_seller(shop: Bazaar) -> Listing:
    shop.set_account_status(YAN, "restricted")
    return shop.of_yan


def own(shop: Bazaar) -> Listing:
    return shop.add(HAO, ListingKind.C2C, 100, 10)


DENIED: dict[str, tuple[Callable[[Bazaar], Listing], type[DomainError]]] = {
    "a listing of another circle": (other_circle, errors.ListingNotFound),
    "a listing that is sold out": (sold_out, errors.StockInsufficient),
    "a listing that was withdrawn": (withdrawn, errors.ListingNotFound),
    "a listing of a former member": (of_a_former_seller, errors.ListingNotFound),
    "a listing of a restricted seller": (of_a_restricted_seller, errors.ListingNotOnSale),
    "the buyer's own listing": (own, errors.BuyerIsSeller),
}


@pytest.mark.parametrize("name", DENIED)
def test_m5_one_line_that_cannot_be_ordered_denies_the_checkout_and_is_named(name: str) -> None:
    shop = Bazaar()
    prepare, error = DENIED[name]
    listing = prepare(shop)
    fine = shop.own[1], shop.own[2]
    with pytest.raises(error) as raised:
        shop.check_out((fine[0], 1), (listing, 1), (fine[1], 1))
    assert named_lines(raised.value) == ["/lines/1"]
    assert [shop.stock_of(each) for each in fine] == [10, 10]
    assert commerce.list_orders(shop.ports, HAO, PageRequest()).items == []
    with pytest.raises(error) as raised:
        shop.check_out((listing, 1))
    assert named_lines(raised.value) == []


def test_m5_an_option_that_does_not_exist_is_named() -> None:
    shop = Bazaar()
    lines = [LineRequest(shop.own[0].id, shop.own[0].revision, 1), LineRequest(shop.own[1].id, shop.own[1].revision, 1, "red")]
    with pytest.raises(errors.OptionNotFound) as raised:
        commerce.check_out(shop.ports, HAO, shop.circle_id, shop.new_key(HAO), lines)
    assert named_lines(raised.value) == ["/lines/1"]


@pytest.mark.parametrize("state", ["left", "kicked", "banned"])
def test_m3_a_former_member_neither_checks_out_nor_pays(state: str) -> None:
    shop = Bazaar()
    orders = shop.check_out((shop.own[0], 1), (shop.of_yan, 1))
    shop.set_member(HAO, state=state)
    with pytest.raises(errors.MembershipEnded):
        shop.check_out((shop.own[0], 1))
    with pytest.raises(errors.MembershipEnded):
        commerce.start_payments(shop.ports, HAO, shop.circle_id, [order.id for order in orders])


LINE: dict[str, Any] = {"listing_id": new_id("lst"), "revision": 1, "quantity": 1}


@pytest.mark.parametrize("field", ["price", "amount", "unit_amount", "total", "currency", "seller_id", "kind", "state"])
def test_m5_a_line_of_a_checkout_cannot_name_a_price(field: str) -> None:
    CheckoutRequest.model_validate({"lines": [LINE]})
    for body in ({"lines": [{**LINE, field: 1}]}, {"lines": [LINE], field: 1}):
        with pytest.raises(ValueError, match=field):
            CheckoutRequest.model_validate(body)


@pytest.mark.parametrize("quantity", [0, -1, 1.5, 2**63, 11, True, "1"])
def test_m5_a_quantity_of_a_line_is_an_integer_from_1_to_10(quantity: object) -> None:
    with pytest.raises(ValueError, match="quantity"):
        CheckoutRequest.model_validate({"lines": [{**LINE, "quantity": quantity}]}, strict=True)


def test_m5_a_checkout_has_1_to_20_lines_each_option_once() -> None:
    many = [{**LINE, "listing_id": new_id("lst")} for _ in range(MAX_LINES + 1)]
    CheckoutRequest.model_validate({"lines": many[:MAX_LINES]})
    CheckoutRequest.model_validate({"lines": [LINE, {**LINE, "option_id": "red"}]})
    for lines in ([], many, [LINE, LINE], [LINE, {**LINE, "quantity": 2}]):
        with pytest.raises(ValueError, match="lines"):
            CheckoutRequest.model_validate({"lines": lines})


def test_m11_an_order_of_20_lines_is_placed_paid_and_given_back() -> None:
    shop = Bazaar()
    listings = [shop.add(MEI, ListingKind.C2C, 100 + number, 5) for number in range(MAX_LINES)]
    (order,) = shop.check_out(*((listing, 2) for listing in listings))
    assert (len(order.lines), order.total.amount) == (20, sum(2 * (100 + number) for number in range(20)))
    shop.pay(order)
    assert shop.refund(order).state is OrderState.REFUNDED
    assert {shop.stock_of(listing) for listing in listings} == {5}
