"""The scenarios of payouts, their approvals, and the daily reconciliation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.commerce import usecases as commerce
from services.commerce.adapters.payments import AccountState
from services.commerce.domain.money import Money
from services.commerce.domain.payout import PayoutSource
from services.commerce.settings import settings
from services.commerce.usecases.reconciliation import plan_reconciliation
from services.review import usecases as review
from simulation.settings import overridden
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller, new_key, real_name_token
from tests.kill.actions import MEI, Action, run_commerce_schedule
from tests.kill.jobs import run_jobs
from tests.kill.scenario import Scenario

PAYOUT_KEY = new_key(MEI)
PAYOUT, AMOUNT, ACCOUNT = PAYOUT_KEY.id("pyt"), Money(9_000, "CNY"), "acct_mei"
OPS, OPS_TOO = caller("ops-one", "operator"), caller("ops-two", "operator")


def set_payout_account(simulation: Simulation) -> Any:
    simulation.payments.set_account(ACCOUNT, AccountState.VERIFIED)
    return commerce.set_payout_account(simulation.commerce, MEI, change(0), ACCOUNT)


def update_account(simulation: Simulation) -> None:
    simulation.payments.set_account(ACCOUNT, AccountState.VERIFIED, "document")
    commerce.handle_provider_event(simulation.commerce, commerce.PayeeEvent(ACCOUNT))


def request_payout(simulation: Simulation) -> Any:
    return commerce.request_payout(simulation.commerce, MEI, PAYOUT_KEY, source=PayoutSource.SELLER, amount=AMOUNT)


def request_large_payout(simulation: Simulation) -> Any:
    with overridden(settings, payout_approval_limit=0):
        return request_payout(simulation)


def cancel_payout(simulation: Simulation) -> Any:
    return commerce.cancel_payout(simulation.commerce, MEI, PAYOUT)


def receive(kind: str) -> Action:
    event = commerce.PayoutEvent(f"payout.{kind}", f"{MEI.user_id}/{PAYOUT}", AMOUNT)
    return lambda simulation: commerce.handle_provider_event(simulation.commerce, event)


def verify_operators(simulation: Simulation) -> None:
    for operator in (OPS, OPS_TOO):
        review.verify_identity(simulation.review, operator, real_name_token(operator.user_id))


def approve(by: Any) -> Action:
    return lambda simulation: commerce.approve_payout(simulation.commerce, by, PAYOUT)


def reject(simulation: Simulation) -> Any:
    return commerce.reject_payout(simulation.commerce, OPS_TOO, PAYOUT, "请先核实")


def plan_day(simulation: Simulation) -> None:
    plan_reconciliation(simulation.commerce_table, simulation.clock())


PAYOUTS = (
    Scenario("set-payout-account", set_payout_account, "confirm-receipt"),
    Scenario("update-account", update_account, "set-payout-account"),
    Scenario("request-payout", request_payout, "set-payout-account", timedelta(hours=73)),
    Scenario("cancel-payout", cancel_payout, "request-payout"),
    Scenario("send-payout", run_commerce_schedule, "request-payout"),
    Scenario("payout-succeeded", receive("succeeded"), "send-payout"),
    Scenario("payout-failed", receive("failed"), "send-payout"),
    Scenario("payout-contradicted", receive("failed"), "payout-succeeded"),
    Scenario("payout-unconfirmed", run_commerce_schedule, "send-payout", timedelta(days=4)),
    Scenario("verify-operators", verify_operators, "set-payout-account", timedelta(hours=73)),
    Scenario("request-large-payout", request_large_payout, "verify-operators"),
    Scenario("approve-payout", approve(OPS), "request-large-payout"),
    Scenario("approve-payout-again", approve(OPS_TOO), "approve-payout"),
    Scenario("reject-payout", reject, "approve-payout"),
    Scenario("plan-reconciliation", plan_day, "payout-succeeded", timedelta(days=2, hours=8)),
    Scenario("reconcile", run_jobs("commerce"), "plan-reconciliation"),
)
