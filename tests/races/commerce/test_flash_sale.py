"""A flash sale through the adapter of DynamoDB: 1,000 units and 5,000 buyers in `make races`, a part of them otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.commerce.settings import settings
from simulation.settings import overridden
from simulation.setup.commerce import Shop
from tests.support.flash_sales import BUYERS, UNITS, FlashSale, share_of_sale
from tests.support.tables import simulation_on

pytestmark = pytest.mark.cloud

SHARE = share_of_sale("100")


@pytest.mark.parametrize("divided_from", [2, 100_000], ids=["divided", "ordinary"])
def test_m7_a_flash_sale_on_the_cloud_sells_every_unit_exactly_once(
    dynamodb: Any, report: Callable[[str], None], divided_from: int
) -> None:
    units, count = UNITS // SHARE, BUYERS // SHARE
    with simulation_on(dynamodb) as simulation, overridden(settings, divided_stock_from=divided_from, stock_shards=8):
        shop = Shop(stock=units, simulation=simulation)
        sale = FlashSale(shop, count)
        sale.follow_stock()
        assert shop.current_listing().divided.shards == (8 if divided_from == 2 else 0)
        assert len(sale.sell()) == units
        assert sale.count_stored_orders() == {1: units, 0: count - units}
        sale.follow_stock()
        assert shop.current_listing().stock == 0
    speed = f"{units / sale.seconds:,.0f} orders/s, {count / sale.seconds:,.0f} requests for orders/s"
    report(f"{sale.seconds:6.1f} s  {units} units, {count} buyers: {speed}")
