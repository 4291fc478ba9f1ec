"""Changes of a listing against orders of it, and against each other: the stock of each option is exact."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order
from services.commerce.errors import OptionNotFound, PriceChanged, StockInsufficient
from services.commerce.repository.listing_pages import get_view
from services.shared.kernel.errors import KeyReused, PicturesInvalid, PreconditionFailed, TooManyRequests
from simulation.setup.commerce import MEI, Shop
from simulation.setup.requests import change
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of
from tests.usecases.commerce.listing_pages import BLUE, RED, create, uploaded, with_pictures, yuan

pytestmark = pytest.mark.cloud

BUYERS = [caller(f"buyer-{number}") for number in range(8)]


def shop_with_options(simulation: Any) -> Shop:
    shop = Shop(simulation=simulation)
    for buyer in BUYERS:
        shop.set_member(buyer)
    create(shop, price=None, options=(replace(RED, stock=6), BLUE))
    return shop


def buying(shop: Shop, option_id: str = "o1") -> list[Any]:
    named: dict[str, Any] = {"listing_id": shop.listing.id, "option_id": option_id, "revision": shop.listing.revision}
    place = partial(commerce.place_order, shop.ports, quantity=1, **named)
    return [partial(place, buyer, shop.circle_id, shop.new_key(buyer)) for buyer in BUYERS]


def editing(shop: Shop, key: str, **more: Any) -> Any:
    options = (replace(RED, id="o1", price=yuan(30)), replace(BLUE, id="o2"))
    given: dict[str, Any] = {"title": "背包", "price": None, "on_sale": True, "options": options, **more}
    request = change(shop.listing.revision, key)
    return partial(commerce.update_listing, shop.ports, MEI, shop.circle_id, shop.listing.id, request, **given)


def units(shop: Shop) -> dict[str, int]:
    return {option.id: option.stock for option in shop.current_listing().options}


def placed(results: list[Any]) -> list[Order]:
    return [result for result in results if isinstance(result, Order)]


def test_m26_units_that_are_added_while_buyers_order_lose_no_order_and_count_once(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = shop_with_options(simulation)
        key = shop.new_key(MEI)
        restock = partial(commerce.restock_listing, shop.ports, MEI, shop.circle_id, shop.listing.id, key, 5, "o1")
        results = race([restock, *buying(shop), restock])
        _, denied = split_results(results)
        assert types_of(denied) <= {StockInsufficient, TooManyRequests, KeyReused}
        assert units(shop) == {"o1": 11 - len(placed(results)), "o2": 5}
        assert len(placed(results)) >= 6


def test_m26_no_order_is_at_a_price_that_its_buyer_did_not_read(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = shop_with_options(simulation)
        results = race([*buying(shop)[:4], editing(shop, "edit"), *buying(shop)[4:]])
        assert {order.lines[0].unit_price for order in placed(results)} <= {yuan(20)}
        _, denied = split_results(results)
        assert types_of(denied) <= {PriceChanged, StockInsufficient}
        assert units(shop) == {"o1": 6 - len(placed(results)), "o2": 5}
        assert shop.current_listing().get_option("o1").price == yuan(30)


def test_m26_a_withdrawn_option_is_sold_to_no_later_buyer_and_gets_its_units_back(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = shop_with_options(simulation)
        withdraw = editing(shop, "withdraw", options=(replace(BLUE, id="o2"),))
        results = race([*buying(shop)[:4], withdraw, *buying(shop)[4:]])
        _, denied = split_results(results)
        assert types_of(denied) <= {OptionNotFound, PriceChanged, StockInsufficient}
        assert units(shop) == {"o1": 6 - len(placed(results)), "o2": 5}
        simulation.clock.advance(minutes=16)
        race([partial(commerce.handle_schedule, shop.ports)] * 2)
        commerce.handle_schedule(shop.ports)
        assert units(shop) == {"o1": 6, "o2": 5}, "also those that were on their way when it was withdrawn"


def test_m26_of_edits_at_once_one_is_stored_with_its_page(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(simulation=simulation)
        create(shop)
        pictures = uploaded(shop, 2)
        edits = [
            editing(
                shop,
                f"edit-{number}",
                options=(),
                price=yuan(number + 1),
                page=with_pictures(*pictures, description=f"{number}"),
            )
            for number in range(4)
        ]
        changed, denied = split_results(race(edits))
        assert len(changed) == 1
        assert types_of(denied) <= {PreconditionFailed, PicturesInvalid}
        view = get_view(simulation.commerce_table, shop.circle_id, shop.listing.id)
        assert view.listing.price == yuan(int(view.page.description) + 1)
        assert [picture.id for picture in view.page.pictures] == list(pictures)


def test_m26_of_listings_with_one_picture_at_once_one_is_stored(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = Shop(simulation=simulation)
        (picture,) = uploaded(shop)
        quick = partial(commerce.create_quick_listing, shop.ports, MEI, shop.circle_id)
        creations = [partial(quick, shop.new_key(MEI), "自行车", yuan(1), picture) for _ in range(4)]
        created, denied = split_results(race(creations))
        assert len(created) == 1
        assert types_of(denied) <= {PicturesInvalid}
