"""Reports (R16): one case per reported content, outcomes for reporters, and no case from unreliable reporters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.review import errors
from services.review import usecases as review
from services.review.domain import Case, CaseOutcome, ReportOutcome
from services.shared.kernel.errors import NotFound
from services.shared.kernel.pages import PageRequest
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.setup.applications import OPERATOR, enrol_reviewer
from simulation.setup.circles import join_circle, open_circle
from simulation.setup.commerce import Shop
from simulation.setup.events import content_reports, note_reported
from simulation.simulation import Simulation
from simulation.users import caller, new_key, real_name_token

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
SPAM = ReportInput("spam", "反复发广告。")


def report(simulation: Simulation, reporter: str, note_number: int = 0) -> None:
    review.apply_content_reported(simulation.review, note_reported(simulation, caller(reporter), f"note_{note_number:026}"))


def open_cases(simulation: Simulation) -> list[Case]:
    return review.list_cases(simulation.review, enrol_reviewer(simulation, "rui"), PageRequest(50)).items


def decide(simulation: Simulation, case: Case, outcome: CaseOutcome, by: str = "rui") -> Case:
    violation = Violation.SPAM if outcome is CaseOutcome.UPHELD else None
    by_reviewer = enrol_reviewer(simulation, by)
    return review.decide_case(simulation.review, by_reviewer, case.id, outcome, "已核实。", violation=violation)


def test_r16_fifty_reports_of_one_note_are_one_case_with_fifty_reporters() -> None:
    simulation = Simulation()
    for number in range(50):
        for _ in range(2):  # the inbox queue delivers again
            report(simulation, f"reporter-{number}")
    (case,) = open_cases(simulation)
    assert (case.reporters, case.note) == (50, "")
    assert case.evidence == {"text": "加我看更多"}


def test_r16_reporters_see_the_outcome_of_their_reports() -> None:
    simulation = Simulation()
    for name in ("mei", "hao"):
        report(simulation, name)
    (own_report,), _ = review.list_reports(simulation.review, MEI, PageRequest(20))
    assert own_report.outcome is None
    decide(simulation, open_cases(simulation)[0], CaseOutcome.UPHELD)
    for reporter in (MEI, HAO):
        (own_report,), _ = review.list_reports(simulation.review, reporter, PageRequest(20))
        assert own_report.outcome is ReportOutcome.UPHELD
    assert review.list_reports(simulation.review, LIN, PageRequest(20)) == ([], None)
    assert open_cases(simulation) == []


def test_r16_a_case_is_decided_once_and_not_by_the_author() -> None:
    simulation = Simulation()
    report(simulation, "mei")
    (case,) = open_cases(simulation)
    with pytest.raises(errors.ConflictOfInterest):
        decide(simulation, case, CaseOutcome.DISMISSED, by="author")
    first = decide(simulation, case, CaseOutcome.UPHELD)
    assert decide(simulation, case, CaseOutcome.UPHELD) == first  # a retry
    with pytest.raises(errors.CaseClosed):
        decide(simulation, case, CaseOutcome.DISMISSED)


def test_r16_reports_filed_during_the_decision_are_counted() -> None:
    simulation = Simulation()
    report(simulation, "mei")
    (case,) = open_cases(simulation)
    report(simulation, "hao")
    assert decide(simulation, case, CaseOutcome.UPHELD).outcome is CaseOutcome.UPHELD
    assert review.get_case(simulation.review, enrol_reviewer(simulation, "rui"), case.id).reporters == 2


def test_r16_a_report_made_after_the_decision_opens_another_case() -> None:
    simulation = Simulation()
    report(simulation, "mei")
    (case,) = open_cases(simulation)
    late = note_reported(simulation, caller("yan"), f"note_{0:026}")  # made before the decision, delivered after it
    simulation.clock.advance(minutes=1)
    decide(simulation, case, CaseOutcome.DISMISSED)
    review.apply_content_reported(simulation.review, late)
    assert open_cases(simulation) == []
    simulation.clock.advance(days=60)
    report(simulation, "hao")
    (next_case,) = open_cases(simulation)
    assert (next_case.id != case.id, next_case.reporters) == (True, 1)


def test_r16_a_reviewer_cannot_decide_a_case_they_reported() -> None:
    simulation = Simulation()
    report(simulation, "rui")
    with pytest.raises(errors.ConflictOfInterest):
        decide(simulation, open_cases(simulation)[0], CaseOutcome.UPHELD, by="rui")
    decide(simulation, open_cases(simulation)[0], CaseOutcome.UPHELD, by="shan")


def test_r16_reports_of_an_unreliable_reporter_open_no_case() -> None:
    simulation = Simulation()
    for number in range(3):
        report(simulation, "unreliable", number)
        decide(simulation, open_cases(simulation)[0], CaseOutcome.ABUSIVE)
        simulation.clock.advance(minutes=1)
    for number in range(20, 29):  # undecided reports do not count, so they hide none of the abusive ones
        report(simulation, "unreliable", number)
    report(simulation, "unreliable", 10)
    assert open_cases(simulation) == []
    assert (
        len(review.list_reports(simulation.review, caller("unreliable"), PageRequest(20)).items) == 13
    )  # the reporter sees no difference
    report(simulation, "mei", 10)
    assert [case.reporters for case in open_cases(simulation)] == [1]
    report(simulation, "unreliable", 11)
    assert len(open_cases(simulation)) == 1


@pytest.mark.parametrize(("first", "second"), [("a", "z"), ("z", "a")])
def test_r16_a_second_user_of_an_unreliable_reporter_opens_no_case(first: str, second: str) -> None:
    """The last 10 decided reports of the identity count, in the order in which its users made them."""
    simulation = Simulation()
    for name in (first, second):
        token = real_name_token(caller(name).user_id, "one person", now=simulation.clock.now)
        review.verify_identity(simulation.review, caller(name), token)
    for number in range(3):
        report(simulation, first, number)
        decide(simulation, open_cases(simulation)[0], CaseOutcome.ABUSIVE)
        simulation.clock.advance(minutes=1)
    report(simulation, second, 10)
    assert open_cases(simulation) == []
    for number in range(20, 28):  # the second user joins the reports of others: 2 abusive ones are left of the last 10
        report(simulation, "mei", number)
        report(simulation, second, number)
        decide(simulation, open_cases(simulation)[0], CaseOutcome.UPHELD)
        simulation.clock.advance(minutes=1)
    for number, name in enumerate((first, second), 30):
        report(simulation, name, number)
    assert len(open_cases(simulation)) == 2


def test_r16_a_report_carries_the_content_at_that_time_and_is_published_once() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    join_circle(simulation, MEI, LIN, circle_id)
    note = circles.post_note(simulation.circles, LIN, circle_id, new_key(LIN), circles.NoteInput("加我看更多")).note
    comment = circles.add_comment(simulation.circles, LIN, circle_id, note.id, new_key(LIN), text="私聊", parent_id=None)
    for _ in range(2):
        circles.report_note(simulation.circles, MEI, circle_id, note.id, SPAM)
        circles.report_comment(simulation.circles, MEI, circle_id, note.id, comment.id, SPAM)
    circles.delete_note(simulation.circles, LIN, circle_id, note.id)
    events = content_reports(simulation, "circles")
    assert [(event.data.kind, event.data.evidence["text"]) for event in events] == [("note", "加我看更多"), ("comment", "私聊")]
    for event in events:
        review.apply_content_reported(simulation.review, event)
    assert {case.author for case in open_cases(simulation)} == {LIN.user_id}
    with pytest.raises(NotFound):
        circles.report_note(simulation.circles, HAO, circle_id, note.id, SPAM)


def test_r16_only_members_can_report_a_listing() -> None:
    shop = Shop()
    commerce.report_listing(shop.ports, HAO, shop.circle_id, shop.listing.id, SPAM)
    with pytest.raises(NotFound):
        commerce.report_listing(shop.ports, caller("stranger"), shop.circle_id, shop.listing.id, SPAM)


def test_r16_mass_reports_alone_sanction_no_user() -> None:
    """However many users report an owner, no sanction follows before reviewers impose it."""
    simulation = Simulation()
    for number in range(200):
        report(simulation, f"brigade-{number}")
    decide(simulation, open_cases(simulation)[0], CaseOutcome.UPHELD)
    with pytest.raises(errors.UserNotFound):
        review.get_sanction_record(simulation.review, enrol_reviewer(simulation, "rui"), caller("author").user_id)


def test_r16_only_reviewers_read_cases() -> None:
    simulation = Simulation()
    report(simulation, "mei")
    (case,) = open_cases(simulation)
    for user in (MEI, OPERATOR, replace(MEI, groups=frozenset({"reviewer"}))):
        for call in (
            lambda u=user: review.list_cases(simulation.review, u, PageRequest(20)),
            lambda u=user: review.get_case(simulation.review, u, case.id),
            lambda u=user: review.decide_case(simulation.review, u, case.id, CaseOutcome.UPHELD, "x"),
        ):
            with pytest.raises(errors.ReviewerNotEnrolled):
                call()
