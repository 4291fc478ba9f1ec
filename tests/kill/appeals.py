"""The actions of the scenarios with appeals: of a take-down and of a sanction, granted, upheld, overdue and erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.commerce.domain.listing import removal_case_id
from services.commerce.repository.listings import get_listing
from services.review import usecases as review
from services.review.domain import AppealOutcome
from services.review.repository.appeals import sanction_appeal_id, take_down_appeal_id
from services.review.repository.people import find_sanction_record
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import deterministic_id
from simulation.setup.applications import enrol_reviewer
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, LISTING, MEI, YAN, Action, posted, run_review_schedule
from tests.kill.scenario import Scenario

KEYS = {"take-down": new_key(MEI), "removal": new_key(MEI), "sanction": new_key(YAN)}


def case_of(simulation: Simulation) -> str:
    return deterministic_id("cas", 0, "circles", "note", posted(simulation).id, "0")


def appeal_take_down(simulation: Simulation) -> Any:
    return review.appeal_take_down(simulation.review, MEI, case_of(simulation), KEYS["take-down"], "这不是广告。")


def appeal_sanction(simulation: Simulation) -> Any:
    return review.appeal_sanction(simulation.review, YAN, KEYS["sanction"], "不是我发的。")


def decide_appeal_of_case(outcome: AppealOutcome) -> Action:
    def action(simulation: Simulation) -> Any:
        by, appeal_id = enrol_reviewer(simulation, "tao"), take_down_appeal_id(case_of(simulation))
        return review.decide_appeal(simulation.review, by, appeal_id, outcome, "核实。")

    return action


def grant_appeal_of_sanction(name: str) -> Action:
    """Grant it as one of two reviewers. The sanction is no more current at a retry of the second one."""
    ids: list[str] = []

    def action(simulation: Simulation) -> Any:
        record = find_sanction_record(simulation.review_table, YAN.user_id)
        if not ids and record and record.current:
            ids.append(sanction_appeal_id(YAN.user_id, record.current.id))
        by = enrol_reviewer(simulation, name)
        return review.decide_appeal(simulation.review, by, ids[0], AppealOutcome.GRANTED, "误判。")

    return action


def removal_case(simulation: Simulation) -> str:
    removal = get_listing(simulation.commerce_table, CIRCLE, LISTING).removal
    assert removal
    return removal_case_id(LISTING, millis(removal.at))


def appeal_removal(simulation: Simulation) -> Any:
    return review.appeal_take_down(simulation.review, MEI, removal_case(simulation), KEYS["removal"], "是正品。")


def decide_appeal_of_removal(simulation: Simulation) -> Any:
    """Grant it: the review publishes the end of the removal, which commerce then applies."""
    by, appeal_id = enrol_reviewer(simulation, "tao"), take_down_appeal_id(removal_case(simulation))
    return review.decide_appeal(simulation.review, by, appeal_id, AppealOutcome.GRANTED, "有发票。")


APPEALS = (
    Scenario("appeal-take-down", appeal_take_down, "decide-case"),
    Scenario("restore", decide_appeal_of_case(AppealOutcome.GRANTED), "appeal-take-down"),
    Scenario("appeal-removal", appeal_removal, "remove-listing"),
    Scenario("reverse-removal", decide_appeal_of_removal, "appeal-removal"),
    Scenario("uphold-take-down", decide_appeal_of_case(AppealOutcome.UPHELD), "appeal-take-down"),
    Scenario("escalate-appeal", run_review_schedule, "appeal-take-down", timedelta(days=9)),
    Scenario("appeal-sanction", appeal_sanction, "ratify-sanction"),
    Scenario("grant-sanction-appeal", grant_appeal_of_sanction("tao"), "appeal-sanction"),
    Scenario("lift-by-appeal", grant_appeal_of_sanction("wei"), "grant-sanction-appeal"),
)
