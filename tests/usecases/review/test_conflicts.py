"""Conflicts of interest (R5): in every act of review, by everything that was ever verified of either side."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.review import usecases as review
from services.review.domain import CaseOutcome
from services.review.domain.tenure import AssessmentOutcome
from services.review.repository import people
from services.shared.kernel.ids import derive_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CircleChanged, CircleData
from services.shared.security.account_status import SanctionLevel
from simulation.setup.applications import decide_application, enrol_reviewer, submit_application
from simulation.setup.events import envelope, note_reported
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from tests.support.errors import error_code
from tests.usecases.review import acts, causes
from tests.usecases.review.acts import ACTS as OTHER_ACTS
from tests.usecases.review.acts import LIN, MEI, RUI, SHAN, YAN, Act
from tests.usecases.review.causes import CAUSES, HAO, ZOE, verify
from tests.usecases.review.ruling_acts import RULING_ACTS, dispute_with

ACTS = OTHER_ACTS | RULING_ACTS
# They end or prolong what `claim_application` allowed, decide nothing, and a reviewer with a conflict must be able to release.
WITHOUT_A_SUBJECT = {"extend_claim", "release_claim"}
LISTS = {"list_review_queue", "list_cases", "list_appeals", "list_successions", "list_dispute_cases"}  # they name no user


def reviewers() -> Simulation:
    simulation = Simulation()
    for name in ("rui", "shan"):
        enrol_reviewer(simulation, name)
    return simulation


@pytest.mark.parametrize("act", ACTS)
def test_r5_an_independent_reviewer_can_act(act: str) -> None:
    simulation = reviewers()
    prepared = ACTS[act](simulation, RUI)
    causes.second_accounts(simulation)
    causes.apply_order(simulation, HAO, ZOE, "reserved")
    prepared()


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("act", ACTS)
def test_r5_a_reviewer_with_a_conflict_cannot_act(act: str, cause: str) -> None:
    simulation = reviewers()
    prepared = ACTS[act](simulation, RUI)
    CAUSES[cause](simulation)
    assert error_code(prepared) == "conflict-of-interest"


def test_r5_every_use_case_of_reviewers_is_an_act_or_listed_here() -> None:
    of_reviewers = {
        function.name
        for path in Path("services/review/usecases").glob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and function.name not in ("require_reviewer", "find_reviewer")
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("require_reviewer", "find_reviewer")
    }
    in_acts = {act.partition(":")[0] for act in ACTS}
    assert of_reviewers - in_acts <= WITHOUT_A_SUBJECT | LISTS
    assert in_acts <= of_reviewers | {"decide_applications", "list_case_pictures"}  # they call another act


# One person under several identities acts once.


def approve_first(simulation: Simulation) -> Act:
    application = decide_application(simulation, SHAN, acts.submitted(simulation))
    return lambda: review.claim_application(simulation.review, RUI, application.id)


def propose_first(simulation: Simulation) -> Act:
    proposal = acts.sanction(simulation, SHAN, SanctionLevel.SUSPENDED).pending.id
    return lambda: review.ratify_sanction(simulation.review, RUI, LIN.user_id, proposal)


def assess_first(simulation: Simulation) -> Act:
    application, outcome = acts.granted(simulation), AssessmentOutcome.PROBATION
    acts.assess(simulation, SHAN, outcome, application)()
    return acts.assess(simulation, RUI, outcome, application)


def approve_succession_first(simulation: Simulation) -> Act:
    succession_id = acts.offer_succession(simulation, LIN, MEI)
    acts.accept_succession(simulation, MEI, succession_id)
    review.decide_succession(simulation.review, SHAN, succession_id, True, "熟悉圈子。")
    return lambda: review.decide_succession(simulation.review, RUI, succession_id, True, "熟悉圈子。")


def propose_ruling_first(simulation: Simulation) -> Act:
    dispute_id = dispute_with(simulation)
    ruling = review.propose_ruling(simulation.review, SHAN, dispute_id, 5_000, "双方各半。").proposal
    return lambda: review.ratify_ruling(simulation.review, RUI, dispute_id, ruling.id if ruling else "")


FIRST = [approve_first, propose_first, assess_first, approve_succession_first, propose_ruling_first]


@pytest.mark.parametrize("first", FIRST)
def test_r4_one_person_enrolled_under_two_identities_acts_once(first: Callable[[Simulation], Act]) -> None:
    simulation = reviewers()
    second = first(simulation)
    verify(simulation, YAN, SHAN)
    verify(simulation, YAN, RUI)
    assert error_code(second) == "conflict-of-interest"


def test_r14_a_proposer_can_reject_the_proposal_under_another_user() -> None:
    simulation = reviewers()
    proposal = acts.sanction(simulation, SHAN, SanctionLevel.SUSPENDED).pending.id
    verify(simulation, SHAN, RUI)
    assert review.reject_sanction(simulation.review, RUI, LIN.user_id, proposal).pending is None


def test_r16_a_second_account_that_reported_the_content_is_a_conflict() -> None:
    simulation = reviewers()
    verify(simulation, ZOE, RUI)
    review.apply_content_reported(simulation.review, note_reported(simulation, ZOE))
    (case,) = review.list_cases(simulation.review, RUI, PageRequest(10)).items
    decide = lambda: review.decide_case(simulation.review, RUI, case.id, CaseOutcome.DISMISSED, "已核实。")  # noqa: E731
    assert error_code(decide) == "conflict-of-interest"


def test_c24_a_former_owner_is_known_under_another_identity() -> None:
    simulation = reviewers()
    verify(simulation, MEI, LIN)
    verify(simulation, LIN, LIN)
    succession_id = acts.offer_succession(simulation, LIN, MEI)
    accept = lambda: acts.accept_succession(simulation, MEI, succession_id, "another person")  # noqa: E731
    assert error_code(accept) == "conflict-of-interest"


def test_c24_each_former_owner_is_known_under_another_user() -> None:
    """Also one who was neither the applicant nor the last owner."""
    simulation = reviewers()
    application = submit_application(simulation, LIN)
    for reviewer in (RUI, SHAN):
        decide_application(simulation, reviewer, application)
    handle_new_changes(simulation, "review")
    circle_id = derive_id("cir", application.id)
    for version, owner in enumerate((MEI, YAN), 1):
        data = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=owner.user_id, state="active")
        review.apply_circle_changed(simulation.review, CircleChanged(**envelope(simulation, circle_id, version), data=data))
    verify(simulation, MEI, MEI)
    for user in (MEI, HAO):
        succession_id = acts.offer_succession(simulation, YAN, user, circle_id)
        accept = partial(acts.accept_succession, simulation, user, succession_id, MEI.user_id)
        assert error_code(accept) == "conflict-of-interest"


# What is stored


def test_r5_a_verification_that_stops_between_its_two_links_is_completed_by_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = reviewers()
    put_link = people.put_identity_link

    def put_and_stop(*arguments: Any) -> None:
        put_link(*arguments)
        raise ConnectionError

    monkeypatch.setattr(people, "put_identity_link", put_and_stop)
    with pytest.raises(ConnectionError):
        verify(simulation, LIN, RUI)
    prepared = ACTS["impose_sanction: at once"](simulation, RUI)
    assert error_code(prepared) == "conflict-of-interest", "the first link alone is enough"
    monkeypatch.undo()
    verify(simulation, LIN, RUI)
    connections = people.get_connections(simulation.review_table, LIN.user_id)
    (identity_hash,) = connections.identities
    assert people.get_users_of_identity(simulation.review_table, identity_hash) == {LIN.user_id, RUI.user_id}


def test_r5_only_one_function_reads_real_name_tokens() -> None:
    readers = {
        (path.name, function.name)
        for path in Path("services/review/usecases").glob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "parse_statement"
    }
    assert readers == {("identities.py", "link_identity")}, "a statement that links nothing hides a second account"


def test_r5_each_inviter_is_stored_once() -> None:
    simulation = Simulation()
    for version in range(1, 50):
        inviter = (RUI, SHAN)[version % 2]
        causes.apply_membership(simulation, LIN, "cir_1", inviter.user_id, version=version)
    items = [item["sk"] for item in simulation.memory("review").all_items() if item["pk"] == f"USER#{LIN.user_id}"]
    assert sorted(items) == sorted(["CIRCLE#cir_1", f"INVITER#{RUI.user_id}", f"INVITER#{SHAN.user_id}"])
