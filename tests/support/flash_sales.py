"""A flash sale: many buyers of few units, over threads, with an ordinary stock or a divided one."""

from __future__ import annotations

import os
import time
from collections import Counter
from functools import partial

from services.commerce import usecases as commerce
from services.commerce.domain import Order
from services.commerce.errors import StockInsufficient
from services.commerce.repository.divided_stock import shard_keys
from services.commerce.repository.listings import listing_key
from services.commerce.usecases.divided_stock import follow_stock
from services.shared.kernel.errors import Unavailable
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.items import Key
from services.shared.table.port import Throttled, TransactionConflict
from simulation.setup.commerce import Shop
from simulation.users import caller
from tests.support.races import race, split_results

UNITS, BUYERS = 1000, 5000


def share_of_sale(default: str) -> int:
    """Return which part of all units and buyers a sale has: one of so many. `make races` has all of them."""
    return int(os.environ.get("FLASH_SALE", default))


class FlashSale:
    """A shop with new members who all want one unit. seconds: how long the last sale took."""

    def __init__(self, shop: Shop, buyers: int) -> None:
        self.shop, self.seconds = shop, 0.0
        self.buyers = [caller(f"buyer-{number}") for number in range(buyers)]
        race([partial(shop.set_member, buyer) for buyer in self.buyers])

    def sell(self) -> list[Order]:
        """Let all buyers order at once, and return the orders. Every unit is sold once, each to another buyer."""
        calls = [partial(self._try_to_order, buyer) for buyer in self.buyers]
        before, started = self.units_left(), time.monotonic()
        sold, errors = split_results(race(calls))
        self.seconds = time.monotonic() - started
        orders = [order for order in sold if order]
        assert (errors, len(orders), len(sold)) == ([], before, len(self.buyers))
        assert len({order.buyer_id for order in orders}) == len({order.id for order in orders}) == before
        assert self.units_left() == 0
        return orders

    def _try_to_order(self, buyer: Caller) -> Order | None:
        """Order one unit, again while the service is busy; return None if there is none."""
        key = self.shop.new_key(buyer)
        while True:
            try:
                return self.shop.order(buyer, key=key, address_id="")
            except StockInsufficient:
                return None
            except (Unavailable, TransactionConflict, Throttled):
                continue

    def count_stored_orders(self) -> Counter[int]:
        """Return how many buyers have how many orders, as they are stored."""
        page, ports = PageRequest(10), self.shop.ports
        found = race([partial(commerce.list_orders, ports, buyer, page) for buyer in self.buyers])
        return Counter(len(orders.items) for orders in found)

    def follow_stock(self) -> None:
        """Run the step of the stream over the items of the stock, as they are now."""
        keys = [self.listing_key, *self._shard_keys()]
        items = [(key, self.shop.ports.table.get(key, consistent_read=True)) for key in keys]
        follow_stock(self.shop.ports, [Change("1", key, None, item) for key, item in items if item and "shards" in item])

    @property
    def listing_key(self) -> Key:
        return listing_key(self.shop.circle_id, self.shop.listing.id)

    def _shard_keys(self) -> list[Key]:
        return shard_keys(self.shop.listing.id, self.shop.current_listing().divided)

    def units_left(self) -> int:
        table = self.shop.ports.table
        items = [table.get(key, consistent_read=True) for key in (self.listing_key, *self._shard_keys())]
        return sum(item["stock"] for item in items if item)
