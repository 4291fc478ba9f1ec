"""The scenarios of addresses: of a book, and of the order of the scenarios."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.commerce import usecases as commerce
from services.commerce.repository.addresses import get_address_book
from simulation.setup.commerce import ADDRESS
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import HAO, MEI, ORDER, ORDER_KEY, place_order, run_commerce_schedule
from tests.kill.checkouts import check_out
from tests.kill.payments import capture_payment
from tests.kill.scenario import Scenario

ADDRESS_KEY = new_key(HAO)
ADDRESS_ID = ADDRESS_KEY.id("adr")


def create_address(simulation: Simulation) -> Any:
    return commerce.create_address(simulation.commerce, HAO, ADDRESS_KEY, ADDRESS)


def update_address(simulation: Simulation) -> Any:
    """Change the address under the version of its creation, also when it is tried again."""
    version = FIRST_VERSION.setdefault("version", get_address_book(simulation.commerce_table, HAO.user_id).version)
    return commerce.update_address(simulation.commerce, HAO, ADDRESS_ID, change(version), ADDRESS.mask())


FIRST_VERSION: dict[str, int] = {}
ADDRESSES = (
    Scenario("create-address", create_address, "create-second-listing"),
    Scenario("update-address", update_address, "create-address"),
    Scenario(
        "delete-address", lambda simulation: commerce.delete_address(simulation.commerce, HAO, ADDRESS_ID), "create-address"
    ),
    Scenario("place-order-with-address", place_order(HAO, ORDER_KEY, ADDRESS_ID), "create-address"),
    Scenario("check-out-with-address", lambda simulation: check_out(simulation, ADDRESS_ID), "create-address"),
    Scenario("place-order-without-address", place_order(HAO, ORDER_KEY), "create-address"),
    Scenario(
        "put-order-address",
        lambda simulation: commerce.put_order_address(simulation.commerce, HAO, ORDER, ADDRESS_ID),
        "place-order-without-address",
    ),
    Scenario("pay-with-address", capture_payment, "place-order-with-address"),
    Scenario(
        "read-sale-address", lambda simulation: commerce.get_sale_address(simulation.commerce, MEI, ORDER), "pay-with-address"
    ),
    Scenario("expire-order-with-address", run_commerce_schedule, "place-order-with-address", timedelta(minutes=16)),
    Scenario("pay-late-with-address", capture_payment, "expire-order-with-address"),
)
