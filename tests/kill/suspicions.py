"""The scenarios of a suspected order: the search that holds its commission, and both decisions of a reviewer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from services.commerce import usecases as commerce
from services.review import usecases as review
from services.review.domain import CaseOutcome
from services.shared.kernel.ids import deterministic_id
from services.shared.security.violations import Violation
from services.shared.table.items import Item
from simulation.simulation import Simulation
from simulation.users import real_name_token
from tests.kill.actions import CIRCLE, HAO, MEI, ORDER, RUI, Action, run_commerce_schedule
from tests.kill.fairness import broken_spending
from tests.kill.jobs import run_jobs
from tests.kill.scenario import Scenario

CASE = deterministic_id("cas", 0, "commerce", "suspected_trades", f"{CIRCLE}/{ORDER}", "0")


def verify_both(simulation: Simulation) -> None:
    """Verify the buyer under the identity of the seller, after the purchase: one order of one person from themselves."""
    for user in (MEI, HAO):
        review.verify_identity(simulation.review, user, real_name_token(user.user_id, "one-person"))


def search_trades(simulation: Simulation) -> None:
    """Search with a detector that one order is enough for."""
    one_order = {
        "services.commerce.domain.wash_trade.MIN_ORDERS": 1,
        "services.commerce.usecases.suspicions.MIN_ORDERS_OF_PAIR": 1,
    }
    patches = [patch(name, value) for name, value in one_order.items()]
    for each in patches:
        each.start()
    try:
        for _ in range(8):
            commerce.handle_jobs(simulation.commerce)
    finally:
        for each in patches:
            each.stop()


def decide_trades(outcome: CaseOutcome, violation: Violation | None = None) -> Action:
    def action(simulation: Simulation) -> Any:
        return review.decide_case(simulation.review, RUI, CASE, outcome, "读过了。", None, violation=violation)

    return action


def broken_fairness(items: list[Item], orders: list[Item]) -> Iterator[str]:
    yield from broken_spending(items, orders)
    yield from _broken_suspicions(items, orders)


def _broken_suspicions(items: list[Item], orders: list[Item]) -> Iterator[str]:
    """Yield the suspected orders of no group, and canceled commissions of orders that no reviewer found fake."""
    linked = {item["sk"].rpartition("#")[2] for item in items if item["pk"].startswith("TRADE_GROUPS#")}
    canceled = {item["order_id"] for item in items if item["sk"] == "ENTRY#commission_canceled"}
    for order in orders:
        state = order.get("suspicion", [""])[0]
        if state and order["id"] not in linked:
            yield f"{order['id']} is {state}, and no group has it"
        if order["id"] in canceled and state != "fake":
            yield f"{order['id']} is {state or 'not suspected'}, and its commission is canceled"


FAKE = decide_trades(CaseOutcome.UPHELD, Violation.FRAUD)
GENUINE = decide_trades(CaseOutcome.DISMISSED)
SUSPICIONS = (
    Scenario("verify-buyer-and-seller", verify_both, "confirm-receipt"),
    Scenario("search-trades", search_trades, "verify-buyer-and-seller", timedelta(days=2)),
    Scenario("hold-commission", run_commerce_schedule, "search-trades", timedelta(days=8)),
    Scenario("decide-fake", FAKE, "search-trades"),
    Scenario("apply-fake", run_jobs("commerce"), "decide-fake"),
    Scenario("decide-genuine", GENUINE, "hold-commission"),
    Scenario("apply-genuine", run_jobs("commerce"), "decide-genuine"),
    Scenario("release-held-commission", run_commerce_schedule, "apply-genuine", timedelta(minutes=1)),
)
