"""Carts: replaced under an ETag, priced whenever they are read, and never a reservation."""

from __future__ import annotations

from typing import Any

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind
from services.commerce.domain.cart import CartLine
from services.commerce.schemas import CartRequest, CartResponse
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.ids import new_id
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.setup.requests import change
from tests.usecases.commerce.bazaar import YAN, Bazaar


def put(shop: Shop, *wanted: tuple[Listing, int], buyer: Caller = HAO, etag: int = 0) -> CartResponse:
    shop.simulation.clock.advance(milliseconds=1)  # another key for each request
    lines = [CartLine(listing.id, "", quantity) for listing, quantity in wanted]
    request = change(etag, f"cart {shop.simulation.clock()}")
    return CartResponse.of(*commerce.put_cart(shop.ports, buyer, shop.circle_id, lines, request))


def get(shop: Shop, buyer: Caller = HAO) -> CartResponse:
    return CartResponse.of(*commerce.get_cart(shop.ports, buyer, shop.circle_id))


def states(cart: CartResponse) -> list[str]:
    return [str(line.state) for line in cart.lines]


def test_m5_a_cart_has_the_prices_of_now_and_reserves_nothing() -> None:
    shop = Bazaar()
    assert (get(shop).lines, get(shop).etag) == ([], "0")
    cart = put(shop, (shop.own[0], 2), (shop.of_yan, 1))
    assert (cart.total_amount, states(cart)) == (2 * 12_900 + 300, ["open", "open"])
    shop.update_listing(15_000)
    priced = get(shop)
    assert (priced.total_amount, priced.etag) == (2 * 15_000 + 300, cart.etag)
    assert priced.lines[0].product
    assert priced.lines[0].product.revision == shop.current_listing().revision
    assert shop.stock_of(shop.own[0]) == 10


def test_m5_a_cart_is_replaced_under_its_etag_only() -> None:
    shop = Bazaar()
    first = put(shop, (shop.own[0], 1))
    with pytest.raises(PreconditionFailed):
        put(shop, (shop.own[1], 1))
    second = put(shop, (shop.own[1], 3), etag=int(first.etag))
    assert [(line.listing_id, line.quantity) for line in get(shop).lines] == [(shop.own[1].id, 3)]
    assert put(shop, etag=int(second.etag)).lines == []


def test_m5_a_line_that_cannot_be_ordered_says_so_and_is_not_in_the_total() -> None:
    shop = Bazaar()
    elsewhere = Shop(simulation=shop.simulation).listing
    own = shop.add(HAO, ListingKind.C2C, 100, 1)
    put(shop, (shop.own[0], 1), (shop.own[1], 1), (shop.of_yan, 1), (elsewhere, 1), (own, 1), (shop.own[2], 1))
    shop.order(LIN, quantity=10)
    shop.set_account_status(YAN, "restricted")
    commerce.withdraw_listing(shop.ports, MEI, shop.circle_id, shop.own[1].id)
    cart = get(shop)
    assert states(cart) == ["sold_out", "ended", "paused", "ended", "own", "open"]
    assert [line.product is None for line in cart.lines] == [False, True, False, True, False, False]
    assert cart.total_amount == 700


def test_m5_an_option_that_does_not_exist_has_ended() -> None:
    shop = Bazaar()
    lines = [CartLine(shop.own[0].id, "red", 1)]
    cart = CartResponse.of(*commerce.put_cart(shop.ports, HAO, shop.circle_id, lines, change(0)))
    assert (states(cart), cart.total_amount) == (["ended"], 0)


@pytest.mark.parametrize("state", ["pending", "left", "kicked", "banned"])
def test_m3_the_cart_of_a_former_member_is_neither_read_nor_changed(state: str) -> None:
    shop = Bazaar()
    cart = put(shop, (shop.own[0], 1))
    shop.set_member(HAO, state=state)
    for call in (get, lambda shop: put(shop, etag=int(cart.etag))):
        with pytest.raises(errors.CircleNotFound):
            call(shop)
    shop.set_member(HAO)
    assert get(shop) == cart


def test_m3_each_buyer_has_a_cart_per_circle() -> None:
    shop = Bazaar()
    put(shop, (shop.own[0], 1))
    other = Shop(simulation=shop.simulation)
    assert (get(shop, LIN).lines, get(other).lines) == ([], [])


LINE: dict[str, Any] = {"listing_id": new_id("lst"), "quantity": 1}


@pytest.mark.parametrize("field", ["price", "amount", "total", "revision", "currency"])
def test_m5_a_line_of_a_cart_cannot_name_a_price(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        CartRequest.model_validate({"lines": [{**LINE, field: 1}]})


def test_m5_a_cart_has_at_most_20_lines_each_option_once() -> None:
    many = [{**LINE, "listing_id": new_id("lst")} for _ in range(21)]
    CartRequest.model_validate({"lines": many[:20]})
    for lines in (many, [LINE, LINE], *([{**LINE, "quantity": quantity}] for quantity in (0, -1, 1.5, 2**63, 11))):
        with pytest.raises(ValueError, match="lines"):
            CartRequest.model_validate({"lines": lines})
