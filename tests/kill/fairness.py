"""The scenarios of a buyer who is a minor: the spending of the month is counted with the order, and returned with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from services.review import usecases as review
from services.shared.table.items import Item
from simulation.simulation import Simulation
from simulation.users import real_name_token
from tests.kill.actions import HAO, ORDER_KEY, PRICE, place_order, run_commerce_schedule
from tests.kill.payments import cancel_order, capture_payment, refund_payment
from tests.kill.scenario import Scenario

COUNTED = ("reserved", "paid", "shipped", "received", "completed")


def verify_minor(simulation: Simulation) -> None:
    review.verify_identity(simulation.review, HAO, real_name_token(HAO.user_id, adult=False))


def broken_spending(items: Iterable[Item], orders: Iterable[Item]) -> Iterator[str]:
    """Yield the months of minors whose sum is not that of their orders, which have no refund in part."""
    counted = sum("minor_ids" in order and order["state"] in COUNTED for order in orders)
    for item in items:
        if item["pk"].startswith("SPENDING#") and item["amount"] != counted * PRICE.amount:
            yield f"{item['pk']} has {item['amount']}, and {counted} orders count"


FAIRNESS = (
    Scenario("verify-minor", verify_minor, "create-listing"),
    Scenario("order-as-minor", place_order(HAO, ORDER_KEY), "verify-minor"),
    Scenario("pay-as-minor", capture_payment, "order-as-minor"),
    Scenario("cancel-as-minor", cancel_order, "order-as-minor"),
    Scenario("expire-as-minor", run_commerce_schedule, "order-as-minor", timedelta(minutes=16)),
    Scenario("pay-late-as-minor", capture_payment, "expire-as-minor"),
    Scenario("refund-as-minor", refund_payment, "pay-as-minor"),
)
