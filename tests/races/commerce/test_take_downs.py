"""A take-down of a listing against orders and sales of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from services.commerce.domain import Order
from services.commerce.errors import ListingNotFound, StockInsufficient
from services.shared.kernel.ids import new_id
from simulation.setup.commerce import Shop
from simulation.setup.events import take_down_changed
from simulation.streams import deliver
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud


def taking_down(shop: Shop, case_id: str, version: int, *, is_active: bool) -> Any:
    how: dict[str, Any] = {"case_id": case_id, "version": version, "is_active": is_active}
    event = take_down_changed(shop.simulation, "commerce", "listing", shop.listing.id, shop.circle_id, **how)
    return partial(deliver, shop.simulation, "commerce", event)


def test_a4_no_order_is_placed_after_a_take_down_and_the_stock_is_exact(rounds: Rounds) -> None:
    for simulation in rounds:
        shop, case_id = Shop(stock=30, simulation=simulation), new_id("cas")
        buyers = [caller(f"buyer-{number}") for number in range(20)]
        for buyer in buyers:
            shop.set_member(buyer)
        orders = [partial(shop.order, buyer, key=shop.new_key(buyer)) for buyer in buyers]
        results = race([*orders[:10], taking_down(shop, case_id, 1, is_active=True), *orders[10:]])
        placed = [result for result in results if isinstance(result, Order)]
        _, denied = split_results(results)
        assert types_of(denied) <= {ListingNotFound, StockInsufficient}
        assert shop.current_listing().stock == 30 - len(placed)
        with pytest.raises(ListingNotFound):
            shop.order()
        taking_down(shop, case_id, 2, is_active=False)()
        assert shop.current_listing().stock == 30 - len(placed)
        assert isinstance(shop.order(), Order)
