"""C27, R16: what was around a reported message is evidence while its case is open, and is deleted with the decision."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import Case, CaseOutcome
from services.review.domain.surroundings import SurroundingMessage
from services.review.repository.appeals import take_down_appeal_id
from services.review.repository.cases import find_case
from services.review.settings import settings
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CircleChanged, CircleData
from services.shared.security.violations import Violation
from simulation.settings import overridden
from simulation.setup.applications import enrol_reviewer
from simulation.setup.events import envelope, message_reported, note_reported
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller, new_key
from tests.support.races import HookedTable

AROUND, BYSTANDER = "旁边的话", caller("bystander")
AUTHOR, RUI = caller("author"), caller("rui", "reviewer")


def report(simulation: Simulation, reporter: str = "mei", **how: Any) -> None:
    review.apply_content_reported(simulation.review, message_reported(simulation, caller(reporter), **how))


def open_case(simulation: Simulation) -> Case:
    (case,), _ = review.list_cases(simulation.review, enrol_reviewer(simulation, "rui"), PageRequest(50))
    return case


def decide(
    simulation: Simulation, case: Case, outcome: CaseOutcome = CaseOutcome.DISMISSED, ports: review.Ports | None = None
) -> Case:
    violation = Violation.SPAM if outcome is CaseOutcome.UPHELD else None
    latest = case.latest_revision
    return review.decide_case(ports or simulation.review, RUI, case.id, outcome, "已核实。", latest, violation=violation)


def count_stored(simulation: Simulation, text: str = AROUND) -> int:
    """Return how many times a text is in the table of review."""
    return json.dumps(list(simulation.memory("review").all_items()), ensure_ascii=False, default=str).count(text)


def test_c27_a_case_has_what_was_around_the_reported_message() -> None:
    simulation = Simulation()
    at = simulation.clock.now
    report(simulation)
    case = review.get_case(simulation.review, RUI, open_case(simulation).id)
    expected = [SurroundingMessage(seq, "text", BYSTANDER.user_id, f"第 {seq} 条，{AROUND}", at) for seq in (1, 2, 3, 5, 6, 7)]
    assert list(case.surroundings) == expected
    assert case.excerpt == "加我看更多"


def test_c27_a_hundred_reports_of_a_message_store_what_is_around_it_once() -> None:
    simulation = Simulation()
    for number in range(100):
        report(simulation, f"reporter-{number}")
    assert (open_case(simulation).reporters, count_stored(simulation)) == (100, 6)


def test_c27_each_reported_revision_has_its_own_and_the_decision_deletes_all() -> None:
    simulation = Simulation()
    report(simulation)
    for revision in (2, 3, 3):
        report(simulation, f"reporter-{revision}", revision=revision)
    case = open_case(simulation)
    assert [len(case.surroundings), *(len(later.surroundings) for later in case.later)] == [6, 6, 6]
    assert count_stored(simulation) == 18
    decided = decide(simulation, case)
    assert ([later.revision for later in decided.later], count_stored(simulation)) == ([2, 3], 0)


def test_c27_a_revision_that_an_open_case_no_longer_collects_takes_its_surroundings_along() -> None:
    simulation = Simulation()
    with overridden(settings, max_later_revisions=1):
        for revision in (1, 2, 3):
            report(simulation, revision=revision)
    assert ([later.revision for later in open_case(simulation).later], count_stored(simulation)) == ([3], 12)


@pytest.mark.parametrize("outcome", CaseOutcome)
def test_c27_every_decision_deletes_what_was_around_the_message_in_the_write_that_decides(outcome: CaseOutcome) -> None:
    simulation = Simulation()
    report(simulation)
    case = open_case(simulation)
    seen: set[tuple[str | None, int]] = set()

    def after(*_: Any, **__: Any) -> None:
        stored = find_case(simulation.review_table, case.id)
        seen.add((stored.outcome if stored else None, count_stored(simulation)))

    ports = replace(simulation.review, table=HookedTable(simulation.review_table, lambda *_, **__: None, after))
    decided = decide(simulation, case, outcome, ports)
    assert seen == {(None, 6), (outcome, 0)}
    assert (decided.surroundings, decided.evidence["text"]) == ((), "加我看更多")
    handle_new_changes(simulation, "review")
    assert count_stored(simulation) == 0


def test_c27_the_decision_that_meets_a_new_revision_deletes_its_surroundings_too() -> None:
    """The report comes between the load and the write of the decision; the reviewer reads the case again."""
    simulation = Simulation()
    report(simulation)
    case = open_case(simulation)

    def before(name: str, *_: Any, **__: Any) -> None:
        if name == "update" and find_case(simulation.review_table, case.id) == case:
            report(simulation, "hao", revision=2)

    ports = replace(simulation.review, table=HookedTable(simulation.review_table, before))
    with pytest.raises(errors.CaseChanged):
        decide(simulation, case, ports=ports)
    assert count_stored(simulation) == 12
    decide(simulation, open_case(simulation))
    assert count_stored(simulation) == 0


@pytest.mark.parametrize("revision", [1, 2])
def test_c27_a_late_report_brings_no_surroundings_back_into_a_decided_case(revision: int) -> None:
    simulation = Simulation()
    for reported in (1, 2):
        report(simulation, revision=reported)
    late = message_reported(simulation, caller("yan"), revision=revision)  # made before the decision, delivered after it
    simulation.clock.advance(minutes=1)
    decide(simulation, open_case(simulation))
    for _ in range(2):
        review.apply_content_reported(simulation.review, late)
    assert count_stored(simulation) == 0
    (own,), _ = review.list_reports(simulation.review, caller("yan"), PageRequest(20))
    assert own.outcome == "dismissed"


def test_c27_a_report_after_the_decision_opens_a_case_with_what_is_around_the_message_then() -> None:
    simulation = Simulation()
    report(simulation)
    first = open_case(simulation)
    simulation.clock.advance(minutes=1)
    decide(simulation, first)
    simulation.clock.advance(minutes=1)
    report(simulation, "hao")
    second = open_case(simulation)
    assert (second.id != first.id, len(second.surroundings)) == (True, 6)
    decide(simulation, second, CaseOutcome.ABUSIVE)
    assert count_stored(simulation) == 0


def test_c27_the_report_of_an_unreliable_reporter_stores_nothing_around_it() -> None:
    simulation = Simulation()
    for number in range(3):
        report(simulation, "unreliable", seq=10 * (number + 1))
        decide(simulation, open_case(simulation), CaseOutcome.ABUSIVE)
        simulation.clock.advance(minutes=1)
    report(simulation, "unreliable")
    assert review.list_cases(simulation.review, RUI, PageRequest(50)).items == []
    assert count_stored(simulation) == 0


def test_c27_a_case_waits_for_its_decision_with_its_surroundings_also_if_its_circle_closes() -> None:
    simulation = Simulation()
    report(simulation)
    case = open_case(simulation)
    circle_id = case.subject["circle_id"]
    closed = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=RUI.user_id, state="closed")
    deliver(simulation, "review", CircleChanged(**envelope(simulation, circle_id), data=closed))
    simulation.clock.advance(days=1)
    review.handle_jobs(simulation.review)
    assert (count_stored(simulation), open_case(simulation).is_circle_closed) == (6, True)
    decide(simulation, open_case(simulation), CaseOutcome.UPHELD)
    assert (count_stored(simulation), count_stored(simulation, "加我看更多")) == (0, 2), "the message waits for the appeal"


def test_c27_the_reviewers_of_an_appeal_read_the_message_alone() -> None:
    simulation = Simulation()
    report(simulation)
    decide(simulation, open_case(simulation), CaseOutcome.UPHELD)
    handle_new_changes(simulation, "review")
    (take_down,), _ = review.list_take_downs(simulation.review, AUTHOR, PageRequest(20))
    review.appeal_take_down(simulation.review, AUTHOR, take_down.id, new_key(AUTHOR), "这不是广告。")
    _, case = review.get_appeal(simulation.review, enrol_reviewer(simulation, "shan"), take_down_appeal_id(take_down.id))
    assert case
    assert (case.evidence["text"], case.surroundings) == ("加我看更多", ())
    assert count_stored(simulation) == 0


def test_c27_other_content_has_no_surroundings() -> None:
    simulation = Simulation()
    review.apply_content_reported(simulation.review, note_reported(simulation, caller("mei")))
    assert open_case(simulation).surroundings == ()


def test_c27_only_reviewers_without_a_conflict_read_it_and_each_access_is_recorded() -> None:
    simulation = Simulation()
    report(simulation)
    case_id = open_case(simulation).id
    for user in (AUTHOR, BYSTANDER, caller("mei"), caller("group-only", "reviewer"), caller("operator", "operator")):
        with pytest.raises(errors.ReviewerNotEnrolled):
            review.get_case(simulation.review, user, case_id)
    for name in ("author", "mei"):
        with pytest.raises(errors.ConflictOfInterest):
            review.get_case(simulation.review, enrol_reviewer(simulation, name), case_id)
    assert len(review.get_case(simulation.review, RUI, case_id).surroundings) == 6
    logs = [item["count"] for item in simulation.memory("review").all_items() if item["sk"] == "ACCESS_LOG"]
    assert logs == [1]
