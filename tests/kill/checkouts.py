"""The scenarios of carts, and of checkouts over two sellers."""

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
from tests.kill.actions import CIRCLE, HAO, LIN, LISTING, ORDER_KEY, PRICE, run_commerce_schedule
from tests.kill.scenario import Scenario

SECOND_KEY = new_key(LIN)
SECOND = SECOND_KEY.id("lst")


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


CHECKOUTS = (
    Scenario("create-second-listing", create_second_listing, "create-listing"),
    Scenario("put-cart", put_cart, "create-second-listing"),
    Scenario("check-out", check_out, "create-second-listing"),
    Scenario("expire-checkout", run_commerce_schedule, "check-out", timedelta(minutes=16)),
)
