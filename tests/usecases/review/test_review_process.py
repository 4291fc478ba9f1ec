"""The review of an application: questions (R7), working time (R8), appeals (R11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from services.review import errors, schemas
from services.review import usecases as review
from services.review.domain import Application, Reason, ReviewQueue, State
from services.review.domain.calendar import add_working_time, is_working_day, working_time_between
from services.review.repository import applications as repository
from services.shared.kernel.errors import Invalid
from simulation.setup.applications import (
    CONTENT,
    application_input,
    current_application,
    decide_application,
    enrol_reviewer,
    submit_application,
)
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller, new_key

LIN, MEI = caller("lin"), caller("mei")


# R7: questions to the applicant


def request_information(simulation: Simulation) -> tuple[Any, Application]:
    application, rui = submit_application(simulation, LIN), enrol_reviewer(simulation, "rui")
    review.claim_application(simulation.review, rui, application.id)
    key = new_key(rui, now=simulation.clock.now)
    after = review.request_information(simulation.review, rui, application.id, key, ("plan", "evidence"), "请补充第二个月。")
    return rui, after


def test_r7_the_response_names_the_fields_due_and_the_deadline() -> None:
    simulation = Simulation()
    _, after = request_information(simulation)
    response = schemas.ApplicationResponse.of(*review.get_application(simulation.review, LIN, after.id))
    assert (response.state, response.currently_due) == (State.NEEDS_INFO, ["plan", "evidence"])
    assert response.due_by == simulation.clock.now + timedelta(days=7)
    assert response.question and response.question.note == "请补充第二个月。"
    assert response.next_step.zh_cn and response.decision_expected_by is None


def test_r7_the_review_is_paused_until_the_applicant_resubmits() -> None:
    simulation = Simulation()
    _, after = request_information(simulation)
    before = add_working_time(simulation.clock.now, timedelta(hours=72))
    simulation.clock.advance(days=6)
    new = application_input(simulation, LIN, replace(CONTENT, plan="第二个月继续每周一次。"))
    edited = review.update_application(simulation.review, LIN, after.id, change(after.applicant_version), new)
    assert (edited.state, edited.revision) == (State.NEEDS_INFO, 2)
    again = review.submit_application(simulation.review, LIN, after.id)
    assert again.state is State.SUBMITTED
    assert again.due_at == add_working_time(simulation.clock.now, timedelta(hours=72))
    assert again.due_at and again.due_at > before


def test_r7_the_time_before_the_question_counts_and_the_time_of_the_question_does_not() -> None:
    simulation = Simulation()
    rui, application = enrol_reviewer(simulation, "rui"), submit_application(simulation, LIN)
    simulation.clock.now = add_working_time(simulation.clock.now, timedelta(hours=50))
    review.claim_application(simulation.review, rui, application.id)
    key = new_key(rui, now=simulation.clock.now)
    review.request_information(simulation.review, rui, application.id, key, ("plan",), "再补充。")
    simulation.clock.advance(days=6)
    again = review.submit_application(simulation.review, LIN, application.id)
    assert again.due_at == add_working_time(simulation.clock.now, timedelta(hours=22))


def test_r7_an_unanswered_question_expires_without_a_cool_down() -> None:
    simulation = Simulation()
    _, after = request_information(simulation)
    simulation.clock.advance(days=7)
    with pytest.raises(errors.ResponsePeriodExpired):  # the deadline is checked here, whether the schedule has run or not
        review.submit_application(simulation.review, LIN, after.id)
    assert review.handle_schedule(simulation.review) == 1
    assert review.handle_schedule(simulation.review) == 0
    assert current_application(simulation, after).state is State.EXPIRED
    handle_new_changes(simulation, "review")
    assert submit_application(simulation, LIN).state is State.SUBMITTED  # no cool-down


def test_r7_information_is_requested_twice_at_most() -> None:
    simulation = Simulation()
    rui, after = request_information(simulation)
    for number in range(2):
        review.submit_application(simulation.review, LIN, after.id)
        review.claim_application(simulation.review, rui, after.id)
        key = new_key(rui, now=simulation.clock.now)
        request = partial(review.request_information, simulation.review, rui, after.id, key, ("plan",), "再补充。")
        if number:
            with pytest.raises(errors.InformationRequestLimitReached) as raised:
                request()
            assert raised.value.facts == {"limit": 2}
        else:
            request()


# R8: working hours


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-16", False),  # the eve of Chinese New Year, a Monday
        ("2026-02-28", True),  # a Saturday that is a make-up working day
        ("2026-03-05", True),
        ("2026-03-07", False),
        ("2026-10-01", False),
        ("2026-10-10", True),
        ("2031-01-06", True),  # after the last known calendar: Monday to Friday
        ("2031-01-04", False),
    ],
)
def test_r8_working_days_follow_the_holiday_calendar(day: str, works: bool) -> None:
    assert is_working_day(datetime.fromisoformat(day).date()) is works


def test_r8_working_time_skips_weekends_and_holidays_in_shanghai_time() -> None:
    friday_evening = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    assert add_working_time(friday_evening, timedelta(hours=2)) == datetime(2026, 3, 8, 17, 0, tzinfo=UTC)
    assert working_time_between(friday_evening, datetime(2026, 3, 8, 17, 0, tzinfo=UTC)) == timedelta(hours=2)
    before_new_year = datetime(2026, 2, 14, 4, 0, tzinfo=UTC)  # a make-up working Saturday, then nine holidays
    assert add_working_time(before_new_year, timedelta(hours=24)) == datetime(2026, 2, 24, 4, 0, tzinfo=UTC)


def test_r8_a_late_review_is_escalated_once_and_loses_its_claim() -> None:
    simulation = Simulation()
    application, rui = submit_application(simulation, LIN), enrol_reviewer(simulation, "rui")
    due = application.due_at
    assert due == add_working_time(simulation.clock.now, timedelta(hours=72))
    simulation.clock.now = due - timedelta(milliseconds=1)
    assert review.handle_schedule(simulation.review) == 0
    review.claim_application(simulation.review, rui, application.id)
    simulation.clock.now = due
    assert [review.handle_schedule(simulation.review) for _ in range(3)] == [1, 0, 0]
    after = current_application(simulation, application)
    assert (after.review_queue, after.claim) == (ReviewQueue.ESCALATED, None)
    item = simulation.review_table.get(repository.application_key(application.id)) or {}
    assert item["outbox"].startswith("ReviewOverdue:")
    handle_new_changes(simulation, "review")
    metrics = review.get_metrics(simulation.review, caller("ops", "operator"), f"{due:%Y-%m}")
    assert metrics.overall["overdue"] == 1
    assert metrics.due["escalated"] == due


# R11: appeal


def rejected(simulation: Simulation) -> tuple[Any, Application]:
    rui = enrol_reviewer(simulation, "rui")
    after = decide_application(simulation, rui, submit_application(simulation, LIN), approves=False)
    handle_new_changes(simulation, "review")
    return rui, after


def appeal(simulation: Simulation, application: Application, cites: Reason = Reason.CIRCLE_VAGUE) -> Application:
    key = new_key(LIN, now=simulation.clock.now)
    return review.appeal_application(simulation.review, LIN, application.id, key, cites, "定位已写明。")


def test_r11_an_appeal_is_decided_by_two_other_reviewers() -> None:
    simulation = Simulation()
    rui, first = rejected(simulation)
    assert appeal(simulation, first).state is State.APPEALED
    with pytest.raises(errors.SecondReviewerRequired):
        review.claim_application(simulation.review, rui, first.id)
    under_another_account = enrol_reviewer(simulation, "rui-too", rui.user_id)
    with pytest.raises(errors.SecondReviewerRequired):
        review.claim_application(simulation.review, under_another_account, first.id)
    assert decide_application(simulation, enrol_reviewer(simulation, "shan"), first).state is State.APPEALED
    assert decide_application(simulation, enrol_reviewer(simulation, "tao"), first).state is State.ACTIVE


def test_r11_an_approval_before_the_rejection_does_not_count_for_the_appeal() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), application)
    first = decide_application(simulation, enrol_reviewer(simulation, "hao"), application, approves=False)
    appeal(simulation, first)
    assert decide_application(simulation, enrol_reviewer(simulation, "shan"), first).state is State.APPEALED
    assert decide_application(simulation, enrol_reviewer(simulation, "tao"), first).state is State.ACTIVE


def test_r11_an_upheld_decision_is_final() -> None:
    simulation = Simulation()
    _, first = rejected(simulation)
    appeal(simulation, first)
    assert decide_application(simulation, enrol_reviewer(simulation, "shan"), first, approves=False).state is State.UPHELD
    with pytest.raises(errors.ApplicationAlreadyAppealed):
        appeal(simulation, first)


def test_r11_an_appeal_needs_a_reason_of_the_decision_and_keeps_the_deadline() -> None:
    simulation = Simulation()
    _, first = rejected(simulation)
    with pytest.raises(Invalid) as failure:
        appeal(simulation, first, Reason.TOO_LITTLE_TIME)
    assert [field.at for field in failure.value.fields] == ["/cites"]
    simulation.clock.advance(days=14)
    with pytest.raises(errors.AppealPeriodExpired):
        appeal(simulation, first)


def test_r11_only_a_rejected_application_can_be_appealed() -> None:
    simulation = Simulation()
    with pytest.raises(errors.ApplicationNotOpen):
        appeal(simulation, submit_application(simulation, LIN))
