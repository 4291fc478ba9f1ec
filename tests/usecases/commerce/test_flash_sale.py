"""A flash sale: many buyers of few units, over threads. Every unit is sold exactly once, and no buyer gets two."""

from __future__ import annotations

import pytest

from services.commerce import usecases as commerce
from services.commerce.settings import settings
from simulation.settings import overridden
from simulation.setup.commerce import Shop
from tests.support.flash_sales import BUYERS, UNITS, FlashSale, share_of_sale

SHARE = share_of_sale("10")


@pytest.mark.parametrize("divided_from", [2, 100_000], ids=["divided", "ordinary"])
def test_m7_a_flash_sale_sells_every_unit_exactly_once(divided_from: int) -> None:
    units, count = UNITS // SHARE, BUYERS // SHARE
    with overridden(settings, divided_stock_from=divided_from, stock_shards=8):
        shop = Shop(stock=units)
        sale = FlashSale(shop, count)
        sale.follow_stock()
        assert shop.current_listing().divided.shards == (8 if divided_from == 2 else 0)
        orders = sale.sell()
    assert len(orders) == units
    assert sale.count_stored_orders() == {1: units, 0: count - units}
    sale.follow_stock()
    assert shop.current_listing().stock == 0
    for order in orders[: units // 2]:
        shop.pay(order)
    shop.simulation.clock.advance(minutes=16)
    assert commerce.handle_schedule(shop.ports) == units - units // 2
    assert shop.current_listing().stock == units - units // 2
    assert commerce.handle_schedule(shop.ports) == 0
