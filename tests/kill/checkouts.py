"""The scenarios of carts, of checkouts over two sellers, and of orders from a divided stock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.cart import CartLine
from services.commerce.domain.order_line import LineRequest
from services.commerce.repository.listings import get_listing
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, LIN, LISTING, MEI, ORDER_KEY, PRICE, run_commerce_schedule
from tests.kill.scenario import Scenario

SECOND_KEY = new_key(LIN)
SECOND = SECOND_KEY.id("lst")
LARGE_KEY, LARGE_ORDER, LARGE_RESTOCK = new_key(MEI), new_key(HAO), new_key(MEI)
LARGE = LARGE_KEY.id("lst")


def create_second_listing(simulation: Simulation) -> Any:
    new: dict[str, Any] = {"kind": ListingKind.C2C, "title": "三脚架", "price": PRICE, "stock": 1}
    return commerce.create_listing(simulation.commerce, LIN, CIRCLE, SECOND_KEY, **new)


def put_cart(simulation: Simulation) -> Any:
    lines = [CartLine(listing_id, "", 1) for listing_id in (LISTING, SECOND)]
    return commerce.put_cart(simulation.commerce, HAO, CIRCLE, lines, change(0))


def check_out(simulation: Simulation, address_id: str = "") -> Any:
    """Order one unit of each of two sellers."""
    found = [get_listing(simulation.commerce_table, CIRCLE, listing_id) for listing_id in (LISTING, SECOND)]
    lines = [LineRequest(listing.id, listing.revision, 1) for listing in found]
    return commerce.check_out(simulation.commerce, HAO, CIRCLE, ORDER_KEY, lines, address_id=address_id)


def create_large_listing(simulation: Simulation) -> Any:
    new: dict[str, Any] = {"kind": ListingKind.C2C, "title": "三脚架", "price": PRICE, "stock": 1_001}
    return commerce.create_listing(simulation.commerce, MEI, CIRCLE, LARGE_KEY, **new)


def order_large(simulation: Simulation) -> Any:
    revision = get_listing(simulation.commerce_table, CIRCLE, LARGE).revision
    wanted: dict[str, Any] = {"listing_id": LARGE, "revision": revision, "quantity": 2}
    return commerce.place_order(simulation.commerce, HAO, CIRCLE, LARGE_ORDER, **wanted)


def restock_large(simulation: Simulation) -> Any:
    return commerce.restock_listing(simulation.commerce, MEI, CIRCLE, LARGE, LARGE_RESTOCK, 1_000)


def withdraw_large(simulation: Simulation) -> Any:
    return commerce.withdraw_listing(simulation.commerce, MEI, CIRCLE, LARGE)


CHECKOUTS = (
    Scenario("create-second-listing", create_second_listing, "create-listing"),
    Scenario("put-cart", put_cart, "create-second-listing"),
    Scenario("check-out", check_out, "create-second-listing"),
    Scenario("divide-stock", create_large_listing, "add-members"),
    Scenario("order-from-divided-stock", order_large, "divide-stock"),
    Scenario("expire-order-from-divided-stock", run_commerce_schedule, "order-from-divided-stock", timedelta(minutes=16)),
    Scenario("restock-divided-stock", restock_large, "order-from-divided-stock"),
    Scenario("withdraw-divided-stock", withdraw_large, "divide-stock"),
    Scenario("expire-checkout", run_commerce_schedule, "check-out", timedelta(minutes=16)),
)
