"""A simulated sale of 10,000 orders per second of one listing: how many write units each partition gets.

The meter shows what one order writes and where; the keys of 10,000 orders are then those that the repositories return.
"""

from __future__ import annotations

from collections import Counter

from services.commerce.domain.divided_stock import DividedStock
from services.commerce.repository.divided_stock import shard_key
from services.commerce.repository.orders import order_key
from services.commerce.repository.reservations import open_key
from services.commerce.repository.shards import SHARDS, shard_of
from services.commerce.settings import settings
from services.shared.kernel.ids import deterministic_id
from services.shared.table.items import Key
from simulation.clock import NOON
from simulation.meter import MeteredTable
from simulation.registry import projections_of
from simulation.setup.commerce import Shop
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller

CEILING, ORDERS_PER_SECOND = 1_000, 10_000  # write units per second of a partition, by the DynamoDB Developer Guide


def units_by_partition(shop: Shop) -> Counter[str]:
    """Place an order and return the write units in each partition."""
    table, units = shop.simulation.commerce_table, Counter[str]()
    assert isinstance(table, MeteredTable)
    with table.measure() as cost:
        shop.order(address_id="")
    for call in cost.trace:
        keys = call.target if isinstance(call.target, tuple) else (call.target,)
        for key in keys if call.writes else ():
            assert isinstance(key, Key)
            units[key.pk] += call.writes // len(keys)
    assert sum(units.values()) == cost.writes == 5
    return units


def metered_shop(stock: int) -> Shop:
    shop = Shop(stock=stock, simulation=Simulation(commerce_table=MeteredTable(projections=projections_of("commerce"))))
    handle_new_changes(shop.simulation, "commerce")
    return shop


def test_m7_10_000_orders_per_second_of_one_listing_write_no_partition_above_its_ceiling() -> None:
    shop, units = metered_shop(settings().max_stock), Counter[str]()
    one, order_units, listing = units_by_partition(shop), Counter[str](), shop.listing.id
    divided = DividedStock(settings().stock_shards)
    assert sorted((pk.partition("#")[0], count) for pk, count in one.items()) == [("BUYER", 2), ("OPEN", 1), ("STOCK", 2)]
    for number in range(ORDERS_PER_SECOND):
        buyer = caller(f"buyer-{number}").user_id
        order_id = deterministic_id("ord", round(NOON.timestamp() * 1000) + number // 10, buyer)
        units[open_key(buyer).pk] += 1
        order_units[order_key(buyer, order_id).pk] += 2
        units[shard_key(listing, divided.home_of(order_id)).pk] += 2
    assert max(order_units.values()) == 2
    assert 500 < max(units.values()) <= 0.8 * CEILING
    assert len(units) == settings().stock_shards + 16


def test_m7_an_ordinary_listing_and_8_partitions_of_reservations_would_be_above_it() -> None:
    """What the test above would find without the division."""
    one = units_by_partition(metered_shop(stock=10))
    assert sorted((pk.partition("#")[0], count) for pk, count in one.items()) == [("BUYER", 2), ("CIRCLE", 2), ("OPEN", 1)]
    assert 2 * ORDERS_PER_SECOND > CEILING
    reservations = Counter(shard_of(caller(f"buyer-{number}").user_id, SHARDS) for number in range(ORDERS_PER_SECOND))
    assert max(reservations.values()) > CEILING
