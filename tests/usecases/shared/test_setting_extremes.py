"""All settings at their least or greatest values: every action of every service still works, and no consumer fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest

from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.shared.kernel.errors import DomainError
from services.shared.kernel.settings import InForce, range_of
from simulation.driver import Driver
from simulation.settings import SETTINGS, overridden, relaxed_limits
from tests.kill.scenario import Scenario
from tests.kill.scenarios import SCENARIOS

FITTING: dict[str, Any] = {  # what the scenarios have and need
    "min_active_days": 64,
    "approvals_needed": 2,
    "max_reads_per_hour": 60,
    "selling_starts_after": timedelta(0),
}
# The actions that a limit denies, and those after them.
OF_TEXTS_AND_REACTIONS = (
    *("expire-application", "provide-information", "react", "recall-with-reactions", "request-information"),
    "take-reaction-back",
)
DENIED = {
    # No question is allowed, one reaction, no picture of a listing, no day of returns, prices of at most 1 yuan, and minors
    # spend nothing.
    "least": sorted(
        [
            *OF_TEXTS_AND_REACTIONS,
            *(f"{action}-as-minor" for action in ("cancel", "expire", "order", "pay", "pay-late", "refund")),
            "close-circle-with-pages",
            "create-listing-with-page",
            "delete-circle-with-pages",
            "expire-checks-of-a-page",
            "purge-pages",
            "remove-listing-with-page",
            "report-listing-with-page",
            "request-archive-of-listings",
            "restock-divided-stock",
            "restock-listing",
            "restore-listing-with-a-page",
            "take-down-listing-with-a-page",
            "update-page",
            "write-listings",
            "approve-return",
            "auto-approve-return",
            "auto-receive-return",
            "complete-return",
            "end-approved-return",
            "receive-return",
            "refund-of-return",
            "reject-return",
            "request-return",
            "send-return",
            "withdraw-return",
            "approve-payout",
            "approve-payout-again",
            "reject-payout",
            "request-large-payout",
            "verify-operators",
        ]
    ),
    # The first order still reserves the stock, nothing is paid out for 30 days, and a campaign without 1,000 people has ended.
    "greatest": sorted(
        [
            "stop-campaign",
            *("order-again", "pay-too-late", "refund", "request-refund"),
            "approve-payout",
            "approve-payout-again",
            "cancel-payout",
            "payout-contradicted",
            "payout-failed",
            "payout-succeeded",
            "payout-unconfirmed",
            "plan-reconciliation",
            "reconcile",
            "reject-payout",
            "request-large-payout",
            "request-payout",
            "send-payout",
        ]
    ),
}
EXTREMES = {"least": 0, "greatest": 1}
YEARS = timedelta(days=20 * 365)


def extreme(settings: InForce[Any], index: int) -> dict[str, Any]:
    """Return all settings with a range at one end of it."""
    ranges = {name: range_of(settings.model, name) for name in settings.model.model_fields}
    return {name: ends[index] for name, ends in ranges.items() if ends[index] is not None}


@contextmanager
def all_at(end: str) -> Iterator[None]:
    with ExitStack() as stack:
        for service, settings in SETTINGS.items():
            values = extreme(settings, EXTREMES[end])
            fitting = {name: FITTING[name] for name in FITTING if name in values}
            stack.enter_context(overridden(settings, **values | fitting | relaxed_limits(service)))
        yield


@pytest.mark.parametrize("end", EXTREMES)
@pytest.mark.parametrize("service", SETTINGS)
def test_all_settings_of_a_service_can_be_at_one_end_of_their_ranges(service: str, end: str) -> None:
    settings = SETTINGS[service]
    values = extreme(settings, EXTREMES[end])
    with overridden(settings, **values):
        assert {name: getattr(settings(), name) for name in values} == values


def in_order(after: str = "") -> Iterator[Scenario]:
    """Yield the scenarios, each behind the one that comes before it."""
    for scenario in SCENARIOS.values():
        if scenario.after == after:
            yield scenario
            yield from in_order(scenario.name)


def run(scenario: Scenario, earlier: dict[str, Driver]) -> Driver | None:
    """Run an action after all that comes before it. A limit can deny the action: then return None."""
    driver = Driver(like=earlier.get(scenario.after))
    if scenario.after:
        driver.clock.now = earlier[scenario.after].clock.now + scenario.later
    result = driver.call(scenario.action)
    driver.run()
    return None if isinstance(result, DomainError) else driver


def run_for_years(driver: Driver) -> None:
    driver.clock.now += YEARS
    runs: dict[Any, str] = {review.handle_schedule: "review", commerce.handle_schedule: "commerce"}
    runs |= dict.fromkeys((circles.handle_schedule, circles.recount_counters), "circles")
    for handle, service in runs.items():
        handle(driver.simulation.ports(service))
        driver.run()


@pytest.mark.parametrize("end", EXTREMES)
def test_all_actions_pass_all_consumers_with_all_settings_at_one_end(end: str) -> None:
    done: dict[str, Driver] = {}
    with all_at(end):
        for scenario in in_order():
            if (not scenario.after or scenario.after in done) and (driver := run(scenario, done)):
                done[scenario.name] = driver
        for driver in done.values():
            run_for_years(Driver(like=driver))
    assert sorted(SCENARIOS.keys() - done.keys()) == DENIED[end]
