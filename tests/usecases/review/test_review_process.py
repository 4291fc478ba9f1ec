"""The course of a review: questions (R7), working time (R8), appeals (R11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.review import errors, schemas
from services.review import usecases as review
from services.review.domain import Application, Reason, ReviewQueue, State
from services.review.domain.calendar import add_working, is_working_day, working_between
from services.review.repository import applications as repository
from services.shared.kernel.errors import DomainError, Invalid
from simulation.setup.common import (
    CONTENT,
    decide,
    enrolled,
    form,
    hear,
    submitted,
)
from simulation.simulation import World, person, wish

LIN, MEI = person("lin"), person("mei")


def loaded(world: World, application: Application) -> Application:
    return repository.find_application(world.review_table, application.id).entity


def code_of(world: World, call: Any) -> str:
    with pytest.raises(DomainError) as refused:
        call()
    return refused.value.code


# R7: needs-info


def asked(world: World) -> tuple[Any, Application]:
    application, rui = submitted(world, LIN), enrolled(world, "rui")
    review.claim_application(world.review, rui, application.id)
    key = wish(rui, now=world.clock.now)
    after = review.request_information(world.review, rui, application.id, key, ("plan", "evidence"), "请补充第二个月。")
    return rui, after


def test_r7_the_applicant_is_told_what_is_due_by_when() -> None:
    world = World()
    _, after = asked(world)
    told = schemas.ApplicationResponse.of(*review.get_application(world.review, LIN, after.id))
    assert (told.state, told.currently_due) == (State.NEEDS_INFO, ["plan", "evidence"])
    assert told.due_by == world.clock.now + timedelta(days=7)
    assert told.question and told.question.note == "请补充第二个月。"
    assert told.next_step.zh_cn and told.decision_expected_by is None


def test_r7_the_clock_stands_while_the_applicant_is_waited_for() -> None:
    world = World()
    _, after = asked(world)
    before = add_working(world.clock.now, timedelta(hours=72))
    world.clock.advance(days=6)
    new = form(world, LIN, replace(CONTENT, plan="第二个月继续每周一次。"))
    edited = review.update_application(world.review, LIN, after.id, wish(LIN, now=world.clock.now), new)
    assert (edited.state, edited.revision) == (State.NEEDS_INFO, 2)
    again = review.submit_application(world.review, LIN, after.id)
    assert again.state is State.SUBMITTED
    assert again.due_at == add_working(world.clock.now, timedelta(hours=72))
    assert again.due_at and again.due_at > before


def test_r7_an_unanswered_question_lapses_which_is_no_rejection() -> None:
    world = World()
    _, after = asked(world)
    world.clock.advance(days=7)
    with pytest.raises(errors.ApplicationNotOpen):  # judged when read, whatever the schedule has done
        review.submit_application(world.review, LIN, after.id)
    assert review.handle_schedule(world.review) == 1
    assert review.handle_schedule(world.review) == 0
    assert loaded(world, after).state is State.EXPIRED
    hear(world)
    assert submitted(world, LIN).state is State.SUBMITTED  # no cool-down


def test_r7_an_applicant_is_asked_twice_at_most() -> None:
    world = World()
    rui, after = asked(world)
    for number in range(2):
        review.submit_application(world.review, LIN, after.id)
        review.claim_application(world.review, rui, after.id)
        key = wish(rui, now=world.clock.now)
        asking = lambda key=key: review.request_information(world.review, rui, after.id, key, ("plan",), "再补充。")  # noqa: E731
        if number:
            assert code_of(world, asking) == "information-asked-twice"
        else:
            asking()


# R8: working hours


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-16", False),  # New Year's Eve of the lunar year, a Monday
        ("2026-02-28", True),  # a Saturday made up for
        ("2026-03-05", True),
        ("2026-03-07", False),
        ("2026-10-01", False),
        ("2026-10-10", True),
        ("2031-01-06", True),  # beyond what is known: Monday to Friday
        ("2031-01-04", False),
    ],
)
def test_r8_working_days_follow_the_holidays_table(day: str, works: bool) -> None:
    assert is_working_day(datetime.fromisoformat(day).date()) is works


def test_r8_working_time_skips_weekends_and_holidays_by_shanghais_midnight() -> None:
    friday_evening = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    assert add_working(friday_evening, timedelta(hours=2)) == datetime(2026, 3, 8, 17, 0, tzinfo=UTC)
    assert working_between(friday_evening, datetime(2026, 3, 8, 17, 0, tzinfo=UTC)) == timedelta(hours=2)
    before_new_year = datetime(2026, 2, 14, 4, 0, tzinfo=UTC)  # a Saturday made up for; then nine days off
    assert add_working(before_new_year, timedelta(hours=24)) == datetime(2026, 2, 24, 4, 0, tzinfo=UTC)


def test_r8_a_late_review_is_escalated_once_and_given_to_whoever_is_free() -> None:
    world = World()
    application, rui = submitted(world, LIN), enrolled(world, "rui")
    due = application.due_at
    assert due == add_working(world.clock.now, timedelta(hours=72))
    world.clock.now = due - timedelta(milliseconds=1)
    assert review.handle_schedule(world.review) == 0
    review.claim_application(world.review, rui, application.id)
    world.clock.now = due
    assert [review.handle_schedule(world.review) for _ in range(3)] == [1, 0, 0]
    after = loaded(world, application)
    assert (after.queue, after.claim) == (ReviewQueue.ESCALATED, None)
    item = world.review_table.get(repository.application_key(application.id)) or {}
    assert item["outbox"].startswith("ReviewOverdue:")
    hear(world)
    metrics = review.get_metrics(world.review, person("ops", "operator"), f"{due:%Y-%m}")
    assert metrics.overall["overdue"] == 1
    assert metrics.due["escalated"] == due


# R11: appeal


def rejected(world: World) -> tuple[Any, Application]:
    rui = enrolled(world, "rui")
    after = decide(world, rui, submitted(world, LIN), approves=False)
    hear(world)
    return rui, after


def appeal(world: World, application: Application, cites: Reason = Reason.CIRCLE_VAGUE) -> Application:
    key = wish(LIN, now=world.clock.now)
    return review.appeal_application(world.review, LIN, application.id, key, cites, "定位已写明。")


def test_r11_an_appeal_goes_to_others_and_is_decided_by_two_of_them() -> None:
    world = World()
    rui, first = rejected(world)
    assert appeal(world, first).state is State.APPEALED
    with pytest.raises(errors.SamePersonTwice):
        review.claim_application(world.review, rui, first.id)
    under_another_account = enrolled(world, "rui-too", rui.user_id)
    with pytest.raises(errors.SamePersonTwice):
        review.claim_application(world.review, under_another_account, first.id)
    assert decide(world, enrolled(world, "shan"), first).state is State.APPEALED
    assert decide(world, enrolled(world, "tao"), first).state is State.ACTIVE


def test_r11_an_upheld_decision_is_final() -> None:
    world = World()
    _, first = rejected(world)
    appeal(world, first)
    assert decide(world, enrolled(world, "shan"), first, approves=False).state is State.UPHELD
    with pytest.raises(errors.AlreadyAppealed):
        appeal(world, first)


def test_r11_an_appeal_cites_a_reason_that_was_given_and_comes_in_time() -> None:
    world = World()
    _, first = rejected(world)
    with pytest.raises(Invalid) as refused:
        appeal(world, first, Reason.TOO_LITTLE_TIME)
    assert [field.at for field in refused.value.fields] == ["/cites"]
    world.clock.advance(days=14)
    with pytest.raises(errors.AppealTooLate):
        appeal(world, first)


def test_r11_only_what_was_rejected_can_be_appealed() -> None:
    world = World()
    with pytest.raises(errors.ApplicationNotOpen):
        appeal(world, submitted(world, LIN))
