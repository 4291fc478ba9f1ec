"""A5: from the report of a note to the notifications of its reporters and its author, over streams and queues."""

from __future__ import annotations

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.review import usecases as review
from services.review.domain import AppealOutcome, CaseOutcome
from services.review.repository.appeals import take_down_appeal_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.driver import Driver
from simulation.setup.applications import enrol_reviewer
from simulation.setup.circles import create_circle, post_note
from simulation.users import caller, new_key

LIN, MEI, HAO, YAN = (caller(name) for name in ("lin", "mei", "hao", "yan"))


class Reported:
    """A note of Mei that Hao and Yan reported."""

    def __init__(self) -> None:
        self.driver = Driver()
        self.simulation = self.driver.simulation
        circle_id = create_circle(self.simulation, LIN, MEI, HAO, YAN)
        note = post_note(self.simulation, circle_id, MEI)
        self.driver.run()
        for reporter in (HAO, YAN):
            circles.report_note(self.simulation.circles, reporter, circle_id, note.id, ReportInput("spam", "广告"))
        self.driver.run()
        (case,) = review.list_cases(self.simulation.review, enrol_reviewer(self.simulation, "rui"), PageRequest(5)).items
        self.case_id = case.id

    def run(self) -> None:
        self.driver.run()
        review.handle_jobs(self.simulation.review)
        self.driver.run()

    def uphold(self) -> None:
        by, note = enrol_reviewer(self.simulation, "rui"), "核实。"
        review.decide_case(self.simulation.review, by, self.case_id, CaseOutcome.UPHELD, note, violation=Violation.SPAM)
        self.run()

    def decide_appeal(self, outcome: AppealOutcome) -> None:
        key = new_key(MEI, now=self.driver.clock.now)
        review.appeal_take_down(self.simulation.review, MEI, self.case_id, key, "不是广告。")
        by = enrol_reviewer(self.simulation, "shan")
        review.decide_appeal(self.simulation.review, by, take_down_appeal_id(self.case_id), outcome, "复核。")
        self.run()

    def lines(self, reader: Caller) -> list[tuple[str, str]]:
        page = chat.list_notifications(self.simulation.chat, reader, PageRequest(50))
        return sorted((str(view.notification.kind), view.notification.state) for view in page.items)


def test_a5_reporters_read_the_result_and_the_author_the_take_down() -> None:
    reported = Reported()
    reported.uphold()
    assert [reported.lines(user) for user in (HAO, YAN)] == [[("report", "upheld")]] * 2
    assert (reported.lines(MEI), reported.lines(LIN)) == ([("take_down", "taken_down")], [])


def test_a5_after_a_granted_appeal_reporters_read_the_new_result_and_the_author_one_line() -> None:
    reported = Reported()
    reported.uphold()
    reported.decide_appeal(AppealOutcome.GRANTED)
    assert [reported.lines(user) for user in (HAO, YAN)] == [[("report", "reversed")]] * 2
    assert reported.lines(MEI) == [("take_down", "restored")]


def test_a5_an_appeal_that_is_upheld_reaches_the_author_and_changes_nothing_for_the_reporters() -> None:
    reported = Reported()
    reported.uphold()
    reported.decide_appeal(AppealOutcome.UPHELD)
    assert reported.lines(HAO) == [("report", "upheld")]
    assert reported.lines(MEI) == [("appeal", "upheld"), ("take_down", "taken_down")]
