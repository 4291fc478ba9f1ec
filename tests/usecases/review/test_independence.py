"""Reviewers without a conflict of interest decide (R5), and each person decides once, by every route (R4)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.review import usecases as review
from services.review.domain import Reviewer, State
from services.review.domain.succession import Succession, SuccessionState
from services.review.errors import ConflictOfInterest, SecondReviewerRequired
from services.shared.security.audit import AuditTrail
from simulation.setup.applications import (
    current_application,
    decide_application,
    decision_input,
    enrol_reviewer,
    submit_application,
)
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller, new_key
from tests.support.errors import error_code
from tests.usecases.review.causes import apply_membership, apply_order

LIN, MEI = caller("lin"), caller("mei")


# The entities compare identities themselves, whatever the search for conflicts of interest finds.


def test_r4_an_applicant_under_another_user_is_not_independent() -> None:
    application = current_application(simulation := Simulation(), submit_application(simulation, LIN))
    with pytest.raises(ConflictOfInterest):
        application.require_independent(Reviewer("lin-too", application.content.identity_hash), has_conflict=False)


@pytest.mark.parametrize("approves", [True, False])
def test_r4_an_identity_decides_once_on_a_succession_and_not_on_its_own(approves: bool) -> None:
    """Also no rejection after an approval: a different person must do that."""
    at, first = Simulation().clock.now, Reviewer("rui", "rui-hash")
    offer = Succession("suc", "cir", "lin", "mei", "transfer", at, 1, 1, AuditTrail("salt"))
    accepted = replace(offer, state=SuccessionState.ACCEPTED, identity_hash="mei-hash", approvals=(first,))
    for by, error in (
        (first, SecondReviewerRequired),
        (Reviewer("rui-too", "rui-hash"), SecondReviewerRequired),
        (Reviewer("rui", "another-hash"), SecondReviewerRequired),
        (Reviewer("mei-too", "mei-hash"), ConflictOfInterest),
        (Reviewer("lin", "lin-hash"), ConflictOfInterest),
    ):
        with pytest.raises(error):
            accepted.decide(by, approves, "写得清楚。", has_conflict=False, at=at)


# R5: conflicts of interest


def join_one_circle(simulation: Simulation, rui: Any) -> None:
    for user in (LIN, rui):
        apply_membership(simulation, user, "cir_1")


CAUSES: dict[str, Callable[[Simulation, Any], None]] = {
    "in one circle": join_one_circle,
    "the reviewer invited the applicant": lambda simulation, rui: apply_membership(
        simulation, LIN, "cir_1", invited_by=rui.user_id
    ),
    "the applicant invited the reviewer": lambda simulation, rui: apply_membership(
        simulation, rui, "cir_1", invited_by=LIN.user_id, state="left"
    ),
    "the reviewer bought from the applicant": lambda simulation, rui: apply_order(simulation, rui, LIN, "paid"),
    "the applicant bought from the reviewer": lambda simulation, rui: apply_order(simulation, LIN, rui, "completed"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_r5_a_conflict_of_interest_has_one_code_for_all_causes(cause: str) -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    review.claim_application(simulation.review, rui, application.id)
    CAUSES[cause](simulation, rui)  # also when the event arrives after the claim
    key = new_key(rui)
    decide_claimed = lambda: review.decide_application(simulation.review, rui, application.id, key, decision_input(application))  # noqa: E731
    assert error_code(decide_claimed) == "conflict-of-interest"
    review.release_claim(simulation.review, rui, application.id)
    assert error_code(lambda: review.claim_application(simulation.review, rui, application.id)) == "conflict-of-interest"
    review.claim_application(simulation.review, shan, application.id)
    hand_over = lambda: review.hand_over_claim(simulation.review, shan, application.id, rui.user_id)  # noqa: E731
    assert error_code(hand_over) == "conflict-of-interest"


def test_r5_past_memberships_unpaid_orders_and_old_events_are_no_conflict() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui = enrol_reviewer(simulation, "rui")
    apply_membership(simulation, rui, "cir_1")
    apply_membership(simulation, LIN, "cir_1", state="left", version=10**13)
    apply_membership(simulation, LIN, "cir_1", state="member", version=10**12)  # late
    apply_order(simulation, LIN, rui, "reserved")
    assert review.claim_application(simulation.review, rui, application.id).claim


# R4: every decision goes through one use case


def test_r4_one_person_cannot_approve_twice_by_bulk_decisions() -> None:
    simulation = Simulation()
    application, rui = submit_application(simulation, LIN), enrol_reviewer(simulation, "rui")
    review.claim_application(simulation.review, rui, application.id)
    repeated = [(application.id, decision_input(application))] * 2
    review.decide_applications(simulation.review, rui, new_key(rui), repeated)
    results = review.decide_applications(simulation.review, rui, new_key(rui), repeated)
    assert [result.error and result.error.code for result in results] == ["second-reviewer-required"] * 2
    assert current_application(simulation, application).approvals == 1


def test_r4_schedule_events_and_stream_never_decide() -> None:
    """After one approval, no schedule, event or stream record grants a seat."""
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), application)
    for _ in range(3):
        simulation.clock.advance(days=9)
        review.handle_schedule(simulation.review)
        handle_new_changes(simulation, "review")
        apply_membership(simulation, LIN, "cir_1")
        apply_order(simulation, LIN, MEI, "paid")
    after = current_application(simulation, application)
    assert (after.state, after.approvals, after.seat) == (State.SUBMITTED, 1, None)


def test_r4_only_one_use_case_calls_decide_of_an_application() -> None:
    callers = {
        (path.name, function.name)
        for path in Path("services/review").rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "decide"
    }
    assert callers == {
        ("decisions.py", "decide_application"),
        ("decisions.py", "change"),
        ("cases.py", "decide_case"),  # decides a case, which is no application
        ("cases.py", "change"),
        ("appeals.py", "decide_appeal"),  # decides about content or a sanction, which grants no seat
        ("appeals.py", "change"),
        ("successions.py", "decide_succession"),  # decides a succession, which grants no seat
        ("successions.py", "change"),
    }
    # Only the decision of an application can fill a seat: it alone takes the cohort.
    assert [name for name, parameters in decide_parameters().items() if "cohort" in parameters] == ["Application"]


def decide_parameters() -> dict[str, list[str]]:
    """Return the parameters of each method `decide` of the domain, by its class."""
    return {
        entity.name: [argument.arg for argument in method.args.args]
        for path in Path("services/review/domain").glob("*.py")
        for entity in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(entity, ast.ClassDef)
        for method in entity.body
        if isinstance(method, ast.FunctionDef) and method.name == "decide"
    }
