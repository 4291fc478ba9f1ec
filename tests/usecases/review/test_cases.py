"""One inbox for reports (R16): a case a thing, told results, and no power to those who cry wolf."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.circles import usecases as circles
from services.circles.publications import PUBLICATIONS
from services.commerce import usecases as commerce
from services.review import errors
from services.review import usecases as review
from services.review.domain import Case, Outcome
from services.shared.kernel.errors import NotFound
from services.shared.table.reports import ReportIn, ReportReason
from simulation.setup import common as scenes
from simulation.setup.commerce import Shop
from simulation.setup.common import enrolled, note_reported, told
from simulation.simulation import World, person, wish

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
SPAM = ReportIn(reason=ReportReason.SPAM, words="反复发广告。")


def reported(world: World, who: str, thing: int = 0) -> None:
    review.file_report(world.review, note_reported(world, person(who), f"not_{thing:026}"))


def open_cases(world: World) -> list[Case]:
    return review.list_cases(world.review, enrolled(world, "rui"), 50, None)[0]


def decide(world: World, case: Case, outcome: Outcome, by: str = "rui") -> Case:
    return review.decide_case(world.review, enrolled(world, by), case.id, outcome, "已核实。")


def test_r16_fifty_reports_on_one_thing_are_one_case_with_fifty_reporters() -> None:
    world = World()
    for number in range(50):
        for _ in range(2):  # the queue delivers again
            reported(world, f"reporter-{number}")
    (case,) = open_cases(world)
    assert case.reporters == 50
    assert case.evidence == {"text": "加我看更多"}


def test_r16_who_reported_is_told_what_came_of_it() -> None:
    world = World()
    for who in ("mei", "hao"):
        reported(world, who)
    (mine,), _ = review.list_reports(world.review, MEI, 20, None)
    assert mine.outcome is None
    decide(world, open_cases(world)[0], Outcome.UPHELD)
    for who in (MEI, HAO):
        (mine,), _ = review.list_reports(world.review, who, 20, None)
        assert mine.outcome is Outcome.UPHELD
    assert review.list_reports(world.review, LIN, 20, None) == ([], None)
    assert open_cases(world) == []


def test_r16_a_case_is_decided_once_and_not_by_whom_it_is_about() -> None:
    world = World()
    reported(world, "mei")
    (case,) = open_cases(world)
    with pytest.raises(errors.ConflictOfInterest):
        decide(world, case, Outcome.DISMISSED, by="author")
    first = decide(world, case, Outcome.UPHELD)
    assert decide(world, case, Outcome.UPHELD) == first  # a retry
    with pytest.raises(errors.CaseClosed):
        decide(world, case, Outcome.DISMISSED)


def test_r16_reporters_who_come_during_the_decision_are_counted() -> None:
    world = World()
    reported(world, "mei")
    (case,) = open_cases(world)
    reported(world, "hao")
    assert decide(world, case, Outcome.UPHELD).outcome is Outcome.UPHELD
    assert review.get_case(world.review, enrolled(world, "rui"), case.id).reporters == 2


def test_r16_what_is_reported_after_a_decision_opens_another_case() -> None:
    world = World()
    reported(world, "mei")
    (case,) = open_cases(world)
    late = note_reported(world, person("yan"), f"not_{0:026}")  # made before the decision, delivered after it
    world.clock.advance(minutes=1)
    decide(world, case, Outcome.DISMISSED)
    review.file_report(world.review, late)
    assert open_cases(world) == []
    world.clock.advance(days=60)
    reported(world, "hao")
    (again,) = open_cases(world)
    assert (again.id != case.id, again.reporters) == (True, 1)


def test_r16_nobody_decides_the_case_they_reported() -> None:
    world = World()
    reported(world, "rui")
    with pytest.raises(errors.ConflictOfInterest):
        decide(world, open_cases(world)[0], Outcome.UPHELD, by="rui")
    decide(world, open_cases(world)[0], Outcome.UPHELD, by="shan")


def test_r16_whoever_reported_to_harm_three_times_opens_no_case() -> None:
    world = World()
    for thing in range(3):
        reported(world, "wolf", thing)
        decide(world, open_cases(world)[0], Outcome.ABUSIVE)
        world.clock.advance(minutes=1)
    for thing in range(20, 29):  # reports that nobody looks at do not wash it off
        reported(world, "wolf", thing)
    reported(world, "wolf", 10)
    assert open_cases(world) == []
    assert len(review.list_reports(world.review, person("wolf"), 20, None)[0]) == 13  # and learns nothing of it
    reported(world, "mei", 10)
    assert [case.reporters for case in open_cases(world)] == [1]
    reported(world, "wolf", 11)
    assert len(open_cases(world)) == 1


def test_r16_a_report_is_kept_as_the_thing_was_then_and_told_once() -> None:
    world = World()
    circle_id = scenes.open_circle(world, LIN)
    scenes.join(world, MEI, LIN, circle_id)
    note = circles.post_note(world.circles, LIN, circle_id, wish(LIN), circles.Words("加我看更多")).note
    comment = circles.add_comment(world.circles, LIN, circle_id, note.id, wish(LIN), text="私聊", parent_id=None)
    for _ in range(2):
        circles.report_note(world.circles, MEI, circle_id, note.id, SPAM)
        circles.report_comment(world.circles, MEI, circle_id, note.id, comment.id, SPAM)
    circles.remove_note(world.circles, LIN, circle_id, note.id)
    events = told(world.circles_table, PUBLICATIONS)
    assert [(event.data.kind, event.data.evidence["text"]) for event in events] == [("note", "加我看更多"), ("comment", "私聊")]
    for event in events:
        review.file_report(world.review, event)
    assert {case.author for case in open_cases(world)} == {LIN.user_id}
    with pytest.raises(NotFound):
        circles.report_note(world.circles, HAO, circle_id, note.id, SPAM)


def test_r16_goods_can_be_reported_by_members_alone() -> None:
    shop = Shop()
    commerce.report_listing(shop.ports, HAO, shop.circle_id, shop.listing.id, SPAM)
    with pytest.raises(NotFound):
        commerce.report_listing(shop.ports, person("stranger"), shop.circle_id, shop.listing.id, SPAM)


def test_r16_brigading_removes_nobody() -> None:
    """However many report an owner, nothing happens to them before two reviewers say so."""
    world = World()
    for number in range(200):
        reported(world, f"brigade-{number}")
    decide(world, open_cases(world)[0], Outcome.UPHELD)
    with pytest.raises(errors.UserNotFound):
        review.get_sanction_record(world.review, enrolled(world, "rui"), person("author").user_id)


def test_r16_only_reviewers_see_cases() -> None:
    world = World()
    reported(world, "mei")
    (case,) = open_cases(world)
    for caller in (MEI, scenes.OPERATOR, replace(MEI, groups=frozenset({"reviewer"}))):
        for call in (
            lambda c=caller: review.list_cases(world.review, c, 20, None),
            lambda c=caller: review.get_case(world.review, c, case.id),
            lambda c=caller: review.decide_case(world.review, c, case.id, Outcome.UPHELD, "x"),
        ):
            with pytest.raises(errors.NotEnrolled):
                call()
