"""The actions of the scenarios that rename a circle, and of those that report its name, take it down and restore it."""

from __future__ import annotations

from typing import Any

from services.circles import usecases as circles
from services.review import usecases as review
from services.review.domain import AppealOutcome, CaseOutcome
from services.review.repository.appeals import take_down_appeal_id
from services.shared.kernel.ids import deterministic_id
from services.shared.security.violations import Violation
from simulation.setup.applications import enrol_reviewer
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, LIN, REPORT, RUI
from tests.kill.scenario import Scenario

KEY, APPEAL_KEY = new_key(LIN), new_key(LIN)
CASE = deterministic_id("cas", 0, "circles", "circle_name", f"{CIRCLE}/name", "0")


def rename_circle(simulation: Simulation) -> Any:
    return review.rename_circle(simulation.review, LIN, CIRCLE, KEY, "河口观鸟")


def report_name(simulation: Simulation) -> Any:
    return circles.report_circle_name(simulation.circles, HAO, CIRCLE, REPORT)


def take_name_down(simulation: Simulation) -> Any:
    return review.decide_case(simulation.review, RUI, CASE, CaseOutcome.UPHELD, "核实。", violation=Violation.HATE)


def appeal_name(simulation: Simulation) -> Any:
    return review.appeal_take_down(simulation.review, LIN, CASE, APPEAL_KEY, "这是地名。")


def restore_name(simulation: Simulation) -> Any:
    by, appeal_id = enrol_reviewer(simulation, "tao"), take_down_appeal_id(CASE)
    return review.decide_appeal(simulation.review, by, appeal_id, AppealOutcome.GRANTED, "核实。")


NAMES = (
    Scenario("rename-circle", rename_circle, "activate-circle"),
    Scenario("rename-listed-circle", rename_circle, "set-teaser"),
    Scenario("report-name", report_name, "add-members"),
    Scenario("take-name-down", take_name_down, "report-name"),
    Scenario("rename-circle-whose-name-is-down", rename_circle, "take-name-down"),
    Scenario("appeal-name", appeal_name, "take-name-down"),
    Scenario("restore-name", restore_name, "appeal-name"),
)
