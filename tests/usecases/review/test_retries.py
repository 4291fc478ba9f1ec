"""Repeated and late requests: none of them undoes a newer change or decides twice; and the time of events."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import Application, CaseOutcome, State
from services.review.settings import settings
from services.review.usecases import cases
from services.shared.kernel.clock import millis
from services.shared.kernel.errors import KeyReused, PreconditionFailed
from services.shared.kernel.pages import PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import SeatGranted
from services.shared.security.account_status import SanctionLevel, get_account_status
from services.shared.security.violations import Violation
from services.shared.table.versioned import MAX_ATTEMPTS
from simulation.settings import overridden
from simulation.setup.applications import (
    CONTENT,
    OPERATOR,
    application_input,
    create_application,
    current_application,
    decide_application,
    decision_input,
    enrol_reviewer,
    submit_application,
)
from simulation.setup.events import note_reported
from simulation.setup.requests import CHANGE_RATE, change
from simulation.simulation import Simulation
from simulation.streams import all_changes, published_events
from simulation.users import caller, new_key, real_name_token

LIN, MEI = caller("lin"), caller("mei")


def edit(simulation: Simulation, application: Application, plan: str, read: int, key: str) -> Application:
    new = application_input(simulation, LIN, replace(CONTENT, plan=plan))
    return review.update_application(simulation.review, LIN, application.id, change(read, key, plan), new)


@pytest.mark.parametrize("create", [create_application, submit_application])
def test_r1_a_repeated_edit_does_not_undo_a_newer_one(create: Any) -> None:
    simulation = Simulation()
    application = create(simulation, LIN)
    first = edit(simulation, application, "first", application.applicant_version, "key 1")
    second = edit(simulation, application, "second", first.applicant_version, "key 2")
    assert edit(simulation, application, "first", application.applicant_version, "key 1") == second
    assert current_application(simulation, application) == second
    with pytest.raises(KeyReused):
        edit(simulation, application, "another", application.applicant_version, "key 1")


@pytest.mark.parametrize("create", [create_application, submit_application])
def test_r1_an_edit_that_arrives_first_when_it_is_late_is_denied(create: Any) -> None:
    simulation = Simulation()
    application = create(simulation, LIN)
    second = edit(simulation, application, "second", application.applicant_version, "key 2")
    with pytest.raises(PreconditionFailed):  # key 1 was lost on its first way
        edit(simulation, application, "first", application.applicant_version, "key 1")
    assert current_application(simulation, application) == second


def test_r1_an_edit_is_denied_if_the_application_changed_since_it_was_read() -> None:
    simulation = Simulation()
    application = create_application(simulation, LIN)
    review.submit_application(simulation.review, LIN, application.id)
    with pytest.raises(PreconditionFailed):
        edit(simulation, application, "first", application.applicant_version, "key 1")


def test_r9_a_decision_repeated_after_another_one_returns_the_application() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, key = enrol_reviewer(simulation, "rui"), new_key(caller("rui"), body="approve")
    review.claim_application(simulation.review, rui, application.id)
    decide = partial(review.decide_application, simulation.review, rui, application.id)
    decide(key, decision_input(application))
    granted = decide_application(simulation, enrol_reviewer(simulation, "shan"), application)
    assert (granted.state, len(granted.decisions)) == (State.ACTIVE, 2)
    assert decide(key, decision_input(application)) == granted
    with pytest.raises(KeyReused):
        decide(replace(key, body_hash="another"), decision_input(application, approves=False))
    assert current_application(simulation, application) == granted
    assert review.get_cohort(simulation.review, LIN).taken == 1


@overridden(settings, max_edits=8)
def test_r9_a_decision_that_is_no_longer_remembered_is_denied_and_decides_nothing() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, key = enrol_reviewer(simulation, "rui"), new_key(caller("rui"))
    review.claim_application(simulation.review, rui, application.id)
    review.decide_application(simulation.review, rui, application.id, key, decision_input(application))
    for number in range(8):
        read = current_application(simulation, application).applicant_version
        edit(simulation, application, CONTENT.plan if number == 7 else str(number), read, f"key {number}")
    before = current_application(simulation, application)
    assert before.content == application.content
    with pytest.raises(errors.LeaseExpired):
        review.decide_application(simulation.review, rui, application.id, key, decision_input(application))
    assert current_application(simulation, application) == before


def test_r9_an_event_has_the_time_of_its_own_write_also_if_the_version_is_ahead_of_it() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), application)
    simulation.clock.advance(minutes=-5)
    shan, at = enrol_reviewer(simulation, "shan"), simulation.clock.now
    review.claim_application(simulation.review, shan, application.id)
    key = new_key(shan, now=at)
    review.decide_application(simulation.review, shan, application.id, key, decision_input(application))
    changes = all_changes(simulation, "review")
    (granted,) = (event for event in published_events("review", changes) if isinstance(event, SeatGranted))
    assert granted.occurred_at == at
    assert granted.entity_version > millis(at)


def test_r16_a_report_between_load_and_save_of_a_decision_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation()
    review.apply_content_reported(simulation.review, note_reported(simulation, MEI))
    rui = enrol_reviewer(simulation, "rui")
    (case,) = review.list_cases(simulation.review, rui, PageRequest(20)).items
    reporters = iter(range(MAX_ATTEMPTS))

    def report_meanwhile(*_: object, **__: object) -> bool:
        name = f"reporter-{next(reporters)}"
        review.apply_content_reported(simulation.review, note_reported(simulation, caller(name)))
        return False

    monkeypatch.setattr(cases, "has_conflict_of_interest", report_meanwhile)
    review.decide_case(simulation.review, rui, case.id, CaseOutcome.UPHELD, "已核实。", violation=Violation.SPAM)
    after = review.get_case(simulation.review, rui, case.id)
    assert (after.reporters, after.outcome, next(reporters)) == (2, CaseOutcome.UPHELD, 1)


def test_r13_a_dismissal_is_recorded_once_and_ends_the_enrolment() -> None:
    simulation = Simulation()
    rui = enrol_reviewer(simulation, "rui")
    enrol_reviewer(simulation, "rui")  # a repeat, which adds no entry
    operator = caller("operator", "operator")
    for _ in range(2):
        review.dismiss_reviewer(simulation.review, operator, rui.user_id)
    review.dismiss_reviewer(simulation.review, operator, MEI.user_id)  # never enrolled
    memory = simulation.memory("review")
    (enrolment,) = (item for item in memory.all_items() if item["sk"] == "REVIEWER")
    assert (enrolment["audit_length"], enrolment["ended"]) == (2, True)
    with pytest.raises(errors.ReviewerNotEnrolled):
        review.list_cases(simulation.review, rui, PageRequest(20))


def test_lists_end_without_a_cursor_after_a_full_last_page() -> None:
    simulation = Simulation()
    created = []
    for _ in range(3):
        created.append(create_application(simulation, LIN).id)
        simulation.clock.advance(minutes=1)
    lists = partial(review.list_applications, simulation.review, LIN)
    first = lists(PageRequest(2))
    last = lists(PageRequest(2, first.next))
    assert [application.id for application in [*first.items, *last.items]] == created[::-1]
    assert (last.next, lists(PageRequest(3)).next) == (None, None)


def test_r14_a_late_repeat_restores_no_lifted_sanction_and_lifts_no_newer_one() -> None:
    simulation = Simulation()
    by = enrol_reviewer(simulation, "rui")
    mute = {
        "level": SanctionLevel.MUTED,
        "violation": Violation.SPAM,
        "until": None,
        "reason": "多次刷屏。",
        "emergency": False,
    }
    impose = partial(review.impose_sanction, simulation.review, by, LIN.user_id, **mute)  # type: ignore[arg-type]
    lift = partial(review.lift_sanction, simulation.review, by, LIN.user_id, "误判。")
    keys = (new_key(by, now=simulation.clock(), route=route) for route in ("impose", "lift"))
    imposed, lifted = (ChangeRequest.of_key(key, CHANGE_RATE) for key in keys)

    def level() -> SanctionLevel:
        return get_account_status(simulation.review_table, LIN.user_id).at(simulation.clock())

    impose(request=imposed)
    lift(request=lifted)
    impose(request=imposed)
    assert level() is SanctionLevel.NONE
    impose(request=None)
    lift(request=lifted)
    assert level() is SanctionLevel.MUTED


def test_r4_a_late_repeat_does_not_enrol_a_dismissed_reviewer_again() -> None:
    simulation = Simulation()
    key, token = new_key(OPERATOR), real_name_token(MEI.user_id)
    enrol = partial(review.enrol_reviewer, simulation.review, OPERATOR, MEI.user_id, key, token)
    enrol()
    review.dismiss_reviewer(simulation.review, OPERATOR, MEI.user_id)
    enrol()
    with pytest.raises(errors.ReviewerNotEnrolled):
        review.list_cases(simulation.review, caller("mei", "reviewer"), PageRequest(20))
