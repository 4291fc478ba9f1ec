"""R16: who reported content before can report what its author made of it since, and no content has two open cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.review import errors
from services.review import usecases as review
from services.review.domain import Case, CaseOutcome, Report, ReportOutcome
from services.review.settings import settings
from services.shared.kernel.pages import PageRequest
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.driver import Driver
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, LISTING, MEI, PRICE, ROOM, RUI, YAN, create_listing, posted, send
from tests.kill.scenarios import after

SPAM = ReportInput("spam", "反复发广告。")


@dataclass(frozen=True)
class Content:
    """One kind of content. report, edit: what a user and its author do; edit is None for content that cannot be edited."""

    create: Callable[[Simulation], Any]
    report: Callable[[Simulation, Any], None]
    edit: Callable[[Simulation, str], None] | None = None


def post_note(simulation: Simulation) -> Any:
    return circles.post_note(simulation.circles, MEI, CIRCLE, new_key(MEI), circles.NoteInput("加我看更多"))


def edit_note(simulation: Simulation, text: str) -> None:
    note = posted(simulation)
    circles.update_note(simulation.circles, MEI, CIRCLE, note.id, change(note.version), text, ())


def edit_listing(simulation: Simulation, title: str) -> None:
    listing, _ = commerce.get_listing(simulation.commerce, MEI, CIRCLE, LISTING)
    request = change(listing.revision)
    commerce.update_listing(simulation.commerce, MEI, CIRCLE, LISTING, request, title=title, price=PRICE, on_sale=True)


def add_comment(simulation: Simulation) -> Any:
    post_note(simulation)
    circles.add_comment(simulation.circles, MEI, CIRCLE, posted(simulation).id, new_key(MEI), text="加我", parent_id=None)


def report_comment(simulation: Simulation, by: Any) -> None:
    note = posted(simulation)
    (comment,), _ = circles.list_comments(simulation.circles, by, CIRCLE, note.id, PageRequest(1))
    circles.report_comment(simulation.circles, by, CIRCLE, note.id, comment.id, SPAM)


CONTENTS = {
    "note": Content(
        post_note,
        lambda simulation, by: circles.report_note(simulation.circles, by, CIRCLE, posted(simulation).id, SPAM),
        edit_note,
    ),
    "listing": Content(
        create_listing,
        lambda simulation, by: commerce.report_listing(simulation.commerce, by, CIRCLE, LISTING, SPAM),
        edit_listing,
    ),
    "comment": Content(add_comment, report_comment),
    "message": Content(
        send("加我看更多"), lambda simulation, by: chat.report_message(simulation.chat, by, CIRCLE, ROOM, 1, SPAM)
    ),
}
EDITABLE = [name for name, content in CONTENTS.items() if content.edit]


class Reports:
    """One content of a kind, and what its readers, its author and a reviewer do with it."""

    def __init__(self, kind: str) -> None:
        before = after("add-members")
        self.driver, self.content = Driver(like=before), CONTENTS[kind]
        self.driver.clock.now = before.clock.now
        self.simulation = self.driver.simulation
        self.content.create(self.simulation)
        self.driver.run()

    def report(self, by: Any = HAO) -> None:
        self.driver.clock.advance(minutes=1)
        self.content.report(self.simulation, by)
        self.driver.run()

    def edit(self, text: str = "今天天气真好") -> None:
        assert self.content.edit
        self.driver.clock.advance(minutes=1)
        self.content.edit(self.simulation, text)

    def open_cases(self) -> list[Case]:
        return review.list_cases(self.simulation.review, RUI, PageRequest(50)).items

    def decide(self, revision: int | None = None, outcome: CaseOutcome = CaseOutcome.DISMISSED) -> Case:
        (case,) = self.open_cases()
        self.driver.clock.advance(minutes=1)
        violation = Violation.SPAM if outcome is CaseOutcome.UPHELD else None
        return review.decide_case(self.simulation.review, RUI, case.id, outcome, "已核实。", revision, violation=violation)

    def own_reports(self, by: Any = HAO) -> list[Report]:
        return review.list_reports(self.simulation.review, by, PageRequest(50)).items


@pytest.mark.parametrize("kind", EDITABLE)
@pytest.mark.parametrize("outcome", (CaseOutcome.DISMISSED, CaseOutcome.ABUSIVE))  # what is upheld is down, and not edited
def test_r16_who_reported_content_before_can_report_it_after_a_decision_and_an_edit(kind: str, outcome: CaseOutcome) -> None:
    reports = Reports(kind)
    reports.report()
    first = reports.decide(outcome=outcome)
    reports.edit()
    for _ in range(2):  # the second one is a retry
        reports.report()
    (case,) = reports.open_cases()
    assert (case.id != first.id, case.reporters) == (True, 1)
    assert "今天天气真好" in (case.evidence.get("text"), case.evidence.get("title"))
    assert [report.outcome for report in reports.own_reports()] == [None, ReportOutcome(outcome)]


@pytest.mark.parametrize("kind", CONTENTS)
def test_r16_a_second_report_of_unchanged_content_opens_no_case_and_its_reporter_reads_the_outcome(kind: str) -> None:
    reports = Reports(kind)
    reports.report()
    reports.decide()
    reports.report()
    assert reports.open_cases() == []
    assert [report.outcome for report in reports.own_reports()] == [ReportOutcome.DISMISSED]


@pytest.mark.parametrize("kind", EDITABLE)
@pytest.mark.parametrize("second", [HAO, YAN])
def test_r16_an_open_case_shows_each_reported_revision_and_is_decided_about_the_latest(kind: str, second: Any) -> None:
    reports = Reports(kind)
    reports.report()
    reports.edit()
    reports.report(second)
    reports.report(second)
    (case,) = reports.open_cases()
    assert case.reporters == len({HAO.user_id, second.user_id})
    assert [later.evidence.get("text") or later.evidence.get("title") for later in case.later] == ["今天天气真好"]
    with pytest.raises(errors.CaseChanged):
        reports.decide()
    reports.decide(case.latest_revision)
    assert {report.outcome for report in reports.own_reports(second)} == {ReportOutcome.DISMISSED}
    reports.edit("再改一次")
    reports.report(second)
    assert len(reports.open_cases()) == 1


def test_r16_an_edit_back_to_a_dismissed_text_can_be_reported() -> None:
    reports = Reports("note")
    for text in ("今天天气真好", "加我看更多", "今天天气真好"):
        reports.report()
        reports.decide()
        reports.edit(text)
    reports.report()
    assert len(reports.open_cases()) == 1


def test_r16_a_report_of_a_revision_that_the_decision_did_not_see_opens_the_next_case() -> None:
    """The report was made before the decision and arrives after it."""
    reports = Reports("note")
    reports.report()
    reports.edit()
    reports.content.report(reports.simulation, YAN)
    reports.decide()
    reports.driver.run()
    assert [case.evidence["text"] for case in reports.open_cases()] == ["今天天气真好"]


def test_r16_edits_and_reports_without_an_end_stay_one_case_of_bounded_size() -> None:
    reports = Reports("note")
    for number in range(12):
        reports.edit(f"第{number}版")
        reports.report()
    (case,) = reports.open_cases()
    assert (case.reporters, len(case.later)) == (1, settings().max_later_revisions)
    assert case.later[-1].evidence["text"] == "第11版"


def test_r16_a_case_after_many_decisions_is_still_opened() -> None:
    reports = Reports("note")
    for number in range(25):
        reports.report()
        reports.decide()
        reports.edit(f"第{number}版")
    reports.report()
    assert len(reports.open_cases()) == 1


def test_r16_several_revisions_in_one_abusive_case_count_once_against_their_reporter() -> None:
    reports = Reports("note")
    for number in range(5):
        reports.report()
        reports.edit(f"第{number}版")
    (case,) = reports.open_cases()
    reports.decide(case.latest_revision, CaseOutcome.ABUSIVE)
    reports.report()
    assert len(reports.open_cases()) == 1
