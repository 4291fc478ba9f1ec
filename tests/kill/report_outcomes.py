"""The scenarios of the outcomes of reports: for the reporters of a case, for one whose report is late, and after an appeal."""

from __future__ import annotations

from typing import Any

from services.review.repository.cases import find_case
from services.shared.messaging.events import NoteReported
from simulation.simulation import Simulation
from simulation.streams import deliver
from tests.kill.actions import YAN
from tests.kill.appeals import case_of
from tests.kill.jobs import run_jobs
from tests.kill.scenario import Scenario


def deliver_late_report(simulation: Simulation) -> None:
    """Deliver a report that was made before the case was decided."""
    case = find_case(simulation.review_table, case_of(simulation))
    assert case
    assert case.decided_at
    subject, content = case.subject, {"author_id": case.author, "evidence": case.evidence}
    report = {"reporter_id": YAN.user_id, "reason": "spam", "text": "反复发广告。"}
    data: dict[str, Any] = {**report, **content, "service": subject["service"], "kind": subject["kind"]}
    data |= {"subject_id": subject["id"], "circle_id": subject["circle_id"]}
    envelope = {"id": "evt_1", "entity_id": "report", "entity_version": 1, "correlation_id": "test"}
    event = NoteReported.model_validate({**envelope, "occurred_at": case.decided_at, "data": data})
    deliver(simulation, "review", event)


REPORT_OUTCOMES = (
    Scenario("publish-outcome", run_jobs("review"), "decide-case"),
    Scenario("report-late", deliver_late_report, "publish-outcome"),
    Scenario("publish-reversed-outcome", run_jobs("review"), "restore"),
)
