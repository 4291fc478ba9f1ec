"""A5: what became of one's own reports and appeals, as events for chat and in the reporter's own list."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from services.review import usecases as review
from services.review.domain import CaseOutcome, ReportOutcome
from services.review.repository.cases import case_key, load_case
from services.review.repository.report_outcomes import MAX_REPORTERS
from services.review.usecases.report_outcomes import PUBLISH_OUTCOME, publish_outcome
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import AppealDecided, ReportsDecided
from services.shared.messaging.reports import NO_USER_ID
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from services.shared.table.jobs import JOBS, Job
from services.shared.table.purging import plan_purge
from simulation.setup.applications import enrol_reviewer
from simulation.setup.events import note_reported
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes, handle_new_changes
from simulation.users import caller, user_id
from tests.usecases.review.appeals import (
    AUTHOR,
    CIRCLE,
    GRANTED,
    MEI,
    UPHELD,
    appeal,
    decide,
    events,
    reported,
    sanction,
    uphold,
)

HAO = caller("hao")


def dismiss(simulation: Simulation, case_id: str, outcome: CaseOutcome = CaseOutcome.DISMISSED) -> None:
    review.decide_case(simulation.review, enrol_reviewer(simulation, "rui"), case_id, outcome, "未违规。")


def publish(simulation: Simulation) -> list[ReportsDecided]:
    """Run the stream and the jobs of review, and return all outcomes that were published until then."""
    handle_new_changes(simulation, "review")
    review.handle_jobs(simulation.review)
    return events(simulation, ReportsDecided)


def outcomes(simulation: Simulation) -> list[tuple[str, str]]:
    return [(reporter, event.data.outcome) for event in publish(simulation) for reporter in event.data.reporter_ids]


def own_outcome(simulation: Simulation, reporter: Caller) -> Any:
    (report,) = review.list_reports(simulation.review, reporter, PageRequest(20)).items
    return report.outcome


def add_reporters(simulation: Simulation, case_id: str, count: int) -> None:
    """Store the reports of users in a case, each with evidence of 1 KB."""
    memory = simulation.memory("review")
    (item,) = (item for item in memory.all_items() if item["sk"] == f"REPORTER#{MEI.user_id}")
    for number in range(count):
        reporter = user_id(f"reporter-{number}")
        index = {"gsi1pk": f"REPORTER#{reporter}", "gsi1sk": item["gsi1sk"]}
        memory.set_item({**item, "sk": f"REPORTER#{reporter}", "evidence": {"text": "长" * 340}, **index})
    memory.update(case_key(case_id), add={"reporters": count}, when=None)


@pytest.mark.parametrize("outcome", list(CaseOutcome))
def test_a5_the_outcome_of_a_case_is_published_once_to_each_reporter(outcome: CaseOutcome) -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    review.apply_content_reported(simulation.review, note_reported(simulation, HAO))
    assert publish(simulation) == [], "an open case has no outcome"
    if outcome is CaseOutcome.UPHELD:
        uphold(simulation, case_id)
    else:
        dismiss(simulation, case_id, outcome)
    for _ in range(3):  # a repeat of the stream plans the job again, and it publishes nothing
        assert sorted(outcomes(simulation)) == sorted((reporter.user_id, str(outcome)) for reporter in (MEI, HAO))
        handle_all_changes(simulation, "review")
    publish(simulation)
    assert not [item for item in simulation.memory("review").all_items() if item["pk"] == JOBS]


def test_a5_the_event_of_an_outcome_names_no_author_and_has_no_text() -> None:
    simulation = Simulation()
    uphold(simulation, reported(simulation, kind="profile", subject_id=f"cir_1/{AUTHOR.user_id}", text="他骂人"))
    (event,) = publish(simulation)
    assert event.data.content_kind == "profile"
    text = json.dumps(event.detail(), ensure_ascii=False)
    assert [secret for secret in (AUTHOR.user_id, "他骂人", "加我看更多", "已核实") if secret in text] == []


def test_a5_a_granted_appeal_publishes_the_new_outcome_and_the_list_of_reports_shows_it() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    uphold(simulation, case_id)
    assert own_outcome(simulation, MEI) is ReportOutcome.UPHELD
    assert outcomes(simulation) == [(MEI.user_id, "upheld")]
    decide(simulation, appeal(simulation, case_id))
    assert own_outcome(simulation, MEI) is ReportOutcome.REVERSED
    assert outcomes(simulation) == [(MEI.user_id, "upheld"), (MEI.user_id, "reversed")]
    first, second = events(simulation, ReportsDecided)
    assert (first.entity_id, second.entity_version > first.entity_version) == (case_id, True)


def test_a5_what_does_not_change_the_outcome_publishes_nothing() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    uphold(simulation, case_id)
    publish(simulation)
    decide(simulation, appeal(simulation, case_id), UPHELD)
    simulation.clock.advance(days=30)
    plan_purge(simulation.review_table, CIRCLE, simulation.clock())
    for _ in range(2):  # the circle has closed, and the texts of the case are erased
        publish(simulation)
    assert load_case(simulation.review_table, case_id).entity.erased
    assert outcomes(simulation) == [(MEI.user_id, "upheld")]


def test_a5_an_appeal_that_is_granted_before_the_job_runs_publishes_the_latest_outcome_alone() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    uphold(simulation, case_id)
    decide(simulation, appeal(simulation, case_id))
    assert outcomes(simulation) == [(MEI.user_id, "reversed")]


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a5_a_report_that_arrives_after_the_decision_has_its_outcome_at_once(is_reversed: bool) -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    late = note_reported(simulation, HAO)
    simulation.clock.advance(minutes=1)
    uphold(simulation, case_id)
    publish(simulation)
    if is_reversed:
        decide(simulation, appeal(simulation, case_id))
        publish(simulation)
    for _ in range(2):
        review.apply_content_reported(simulation.review, late)
    reached = [each for each in outcomes(simulation) if each[0] == HAO.user_id]
    assert reached == [(HAO.user_id, "reversed" if is_reversed else "upheld")]


def test_a5_a_late_report_and_a_granted_appeal_at_once_leave_the_reporter_the_latest_outcome() -> None:
    """The appeal is granted after the late report has read the case, and before it is written."""
    simulation = Simulation()
    case_id = reported(simulation)
    late = note_reported(simulation, HAO)
    simulation.clock.advance(minutes=1)
    uphold(simulation, case_id)
    appeal_id, table = appeal(simulation, case_id), simulation.memory("review")
    transact = table.transact
    granted: list[bool] = []

    def grant_first(writes: Any, token: str) -> None:
        if len(writes) == 3 and not granted:  # the late report, the condition of its case, and its outcome
            granted.append(True)
            decide(simulation, appeal_id)
        transact(writes, token=token)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "transact", grant_first)
        review.apply_content_reported(simulation.review, late)
    assert granted
    # The job reads the report too: chat stores one notification of both events, because they have one version.
    assert Counter(outcomes(simulation)) == {(MEI.user_id, "reversed"): 1, (HAO.user_id, "reversed"): 2}
    assert len({event.entity_version for event in events(simulation, ReportsDecided)}) == 1


def test_a5_two_reports_of_one_user_are_one_and_the_platforms_own_reports_notify_no_user() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    again = note_reported(simulation, MEI)
    later = {"revision": 2, "evidence": {"text": "改过"}}
    review.apply_content_reported(simulation.review, again.model_copy(update={"data": again.data.model_copy(update=later)}))
    platform = again.data.model_copy(update={"reporter_id": NO_USER_ID})
    review.apply_content_reported(simulation.review, again.model_copy(update={"data": platform}))
    rui = enrol_reviewer(simulation, "rui")
    review.decide_case(simulation.review, rui, case_id, CaseOutcome.DISMISSED, "未违规。", 2)
    assert outcomes(simulation) == [(MEI.user_id, "dismissed")]


def test_a5_ten_thousand_reporters_of_one_case_get_events_and_steps_of_a_hundred() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    add_reporters(simulation, case_id, 10_000)
    dismiss(simulation, case_id)
    job = Job(PUBLISH_OUTCOME, case_id, simulation.clock.now)
    stopped = publish_outcome(simulation.review, job)
    for _ in range(40):  # a run ends for lack of time; the next one continues
        next(stopped)
    steps = sum(1 for _ in publish_outcome(simulation.review, job))
    assert steps == 61
    published = events(simulation, ReportsDecided)
    reached = [reporter for event in published for reporter in event.data.reporter_ids]
    assert (len(reached), len(set(reached))) == (10_001, 10_001)
    assert max(len(event.data.reporter_ids) for event in published) == MAX_REPORTERS
    assert max(len(json.dumps(event.detail())) for event in published) < 8_000


# Appeals


def test_a5_an_appeal_of_a_take_down_that_is_upheld_is_published_once() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    uphold(simulation, case_id)
    appeal_id = appeal(simulation, case_id)
    for _ in range(2):
        decide(simulation, appeal_id, UPHELD)
    (event,) = events(simulation, AppealDecided)
    assert event.data.model_dump() == {
        "appeal_id": appeal_id,
        "user_id": AUTHOR.user_id,
        "kind": "take_down",
        "case_id": case_id,
        "state": "upheld",
    }


def test_a5_the_end_of_an_appeal_of_a_sanction_is_published_and_a_first_of_two_grants_is_not() -> None:
    simulation = Simulation()
    sanction(simulation, SanctionLevel.SUSPENDED, ratifier="shan")
    appeal_id = appeal(simulation)
    decide(simulation, appeal_id, GRANTED, by="tao")
    assert events(simulation, AppealDecided) == []
    decide(simulation, appeal_id, UPHELD, by="wei")
    (event,) = events(simulation, AppealDecided)
    assert (event.data.kind, event.data.case_id, event.data.state) == ("sanction", "", "upheld")
