"""A flash sale: many buyers of few units, over threads. Every unit is sold exactly once, and no buyer gets two."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial

from services.commerce import usecases as commerce
from services.commerce.errors import StockInsufficient
from services.commerce.repository.orders import order_from_item
from services.shared.kernel.errors import Unavailable
from services.shared.security.auth import Caller
from services.shared.table.port import TransactionConflict
from simulation.memory import MemoryTable
from simulation.setup.commerce import Shop
from simulation.users import caller
from tests.support.races import race, split_results

UNITS, BUYERS = 1000, 5000
SHARE = int(os.environ.get("FLASH_SALE", "10"))  # one of so many units and buyers; `make races` takes all


def try_to_order(shop: Shop, buyer: Caller) -> bool:
    """Order one unit, again while the service is busy; return whether it was sold."""
    key = shop.new_key(buyer)
    while True:
        try:
            return bool(shop.order(buyer, key=key))
        except StockInsufficient:
            return False
        except (Unavailable, TransactionConflict):
            continue


def test_m7_a_flash_sale_sells_every_unit_exactly_once() -> None:
    units, count = UNITS // SHARE, BUYERS // SHARE
    shop = Shop(stock=units)
    buyers = [caller(f"buyer-{number}") for number in range(count)]
    for buyer in buyers:
        shop.set_member(buyer)
    sold, errors = split_results(race([partial(try_to_order, shop, buyer) for buyer in buyers]))
    assert (errors, Counter(sold)) == ([], {True: units, False: count - units})
    assert shop.current_listing().stock == 0
    table = shop.simulation.commerce_table
    assert isinstance(table, MemoryTable)
    orders = [order_from_item(item) for item in table.all_items() if item["sk"].startswith("ORDER#")]
    assert (len(orders), len({order.buyer_id for order in orders})) == (units, units)
    for order in orders[: units // 2]:
        shop.pay(order)
    shop.simulation.clock.advance(minutes=16)
    assert commerce.handle_schedule(shop.ports) == units - units // 2
    assert shop.current_listing().stock == units - units // 2
    assert commerce.handle_schedule(shop.ports) == 0
