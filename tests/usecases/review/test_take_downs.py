"""Take-downs (A4): an upheld case takes content down, with the rule that it broke."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import CaseOutcome
from services.review.domain.case import TAKEN_DOWN_KINDS
from services.review.repository.cases import load_case
from services.review.settings import settings
from services.shared.erasure.jobs import plan_erasure
from services.shared.messaging.events import AccountDeleted, AccountDeletedData
from services.shared.security.audit import AuditTrail
from services.shared.security.violations import Violation
from services.shared.table.purging import plan_purge
from simulation.setup.applications import enrol_reviewer
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.users import caller
from tests.support.errors import error_code
from tests.usecases.review.appeals import AUTHOR, CIRCLE, MEI, reported, take_downs, uphold


def test_a4_an_upheld_case_publishes_one_take_down_with_its_violation() -> None:
    simulation = Simulation()
    case = uphold(simulation, reported(simulation))
    (event,) = take_downs(simulation)
    assert (event.entity_id, event.entity_version) == (case.id, case.version)
    assert event.data.model_dump() == {
        "case_id": case.id,
        "service": "circles",
        "kind": "note",
        "subject_id": "note_01KJY2E1KX7BMZ758QWDX6V9QC",
        "circle_id": CIRCLE,
        "author_id": AUTHOR.user_id,
        "violation": "spam",
        "is_active": True,
    }


def test_a4_a_repeat_of_the_decision_changes_nothing_and_another_violation_is_another_decision() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    first = uphold(simulation, case_id)
    assert uphold(simulation, case_id) == first
    assert error_code(lambda: uphold(simulation, case_id, Violation.HATE)) == "case-closed"
    assert len(take_downs(simulation)) == 1


def test_a4_only_an_upheld_case_has_a_violation() -> None:
    simulation = Simulation()
    case_id, rui = reported(simulation), enrol_reviewer(simulation, "rui")
    assert error_code(lambda: uphold(simulation, case_id, None)) == "invalid"
    for outcome in (CaseOutcome.DISMISSED, CaseOutcome.ABUSIVE):
        decide = lambda o=outcome: review.decide_case(  # noqa: E731
            simulation.review, rui, case_id, o, "已核实。", violation=Violation.SPAM
        )
        assert error_code(decide) == "invalid"
    assert review.get_case(simulation.review, rui, case_id).outcome is None
    review.decide_case(simulation.review, rui, case_id, CaseOutcome.DISMISSED, "已核实。")
    assert take_downs(simulation) == []


@pytest.mark.parametrize("kind", ["note", "comment", "message", "listing", "picture", "profile", "circle_page"])
def test_a4_content_of_each_kind_can_be_taken_down(kind: str) -> None:
    simulation = Simulation()
    uphold(simulation, reported(simulation, kind=kind))
    assert [event.data.kind for event in take_downs(simulation)] == [kind]
    assert kind in TAKEN_DOWN_KINDS


@pytest.mark.parametrize("kind", ["dormant_circle", "payment"])
def test_a4_a_report_of_the_platform_takes_nothing_down(kind: str) -> None:
    simulation = Simulation()
    case = uphold(simulation, reported(simulation, kind=kind), Violation.OTHER)
    assert (take_downs(simulation), case.appeal_until) == ([], None)


def test_a4_the_violation_is_in_the_audit_entry_of_the_decision() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    case = uphold(simulation, case_id)
    details = {"note": "已核实。", "reporters": 1, "violation": "spam"}
    at = case.decided_at or case.opened_at
    expected = AuditTrail(case.trail.salt).extend("case upheld", actor=caller("rui").user_id, at=at, **details)
    assert load_case(simulation.review_table, case_id).entity.trail == expected


def close(simulation: Simulation) -> None:
    """Purge the texts of the circle, as when it closes."""
    plan_purge(simulation.review_table, CIRCLE, simulation.clock())
    review.handle_jobs(simulation.review)


def evidence(simulation: Simulation, case_id: str) -> dict[str, Any]:
    return load_case(simulation.review_table, case_id).entity.evidence


def test_a4_the_evidence_of_a_closed_circle_stays_until_its_author_cannot_appeal_any_more() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    uphold(simulation, case_id)
    close(simulation)
    simulation.clock.now += settings().appeal_period - timedelta(minutes=1)
    review.handle_jobs(simulation.review)
    assert evidence(simulation, case_id)
    simulation.clock.advance(minutes=1)
    review.handle_jobs(simulation.review)
    assert evidence(simulation, case_id) == {}


def test_a4_a_case_that_is_upheld_after_its_circle_closed_is_erased_after_the_appeal_period() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    close(simulation)
    uphold(simulation, case_id)
    simulation.clock.advance(days=1)
    review.handle_jobs(simulation.review)
    assert evidence(simulation, case_id)
    simulation.clock.now += settings().appeal_period
    review.handle_jobs(simulation.review)
    assert evidence(simulation, case_id) == {}


def test_a4_a_dismissed_case_of_a_closed_circle_is_erased_at_once() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    close(simulation)
    rui = enrol_reviewer(simulation, "rui")
    review.decide_case(simulation.review, rui, case_id, CaseOutcome.DISMISSED, "已核实。")
    review.handle_jobs(simulation.review)
    assert evidence(simulation, case_id) == {}


def test_a6_the_evidence_in_the_report_of_a_deleted_account_is_erased_with_its_case() -> None:
    """The erasure of the reporter leaves the report without its text, and with the content of its author."""
    simulation = Simulation()
    case_id = reported(simulation)
    rui = enrol_reviewer(simulation, "rui")
    review.decide_case(simulation.review, rui, case_id, CaseOutcome.DISMISSED, "已核实。")
    data = AccountDeletedData.model_validate({"user_id": MEI.user_id, "content": "keep"})
    plan_erasure(simulation.review, AccountDeleted(**envelope(simulation, MEI.user_id), data=data))
    review.handle_jobs(simulation.review)
    (report,) = (item for item in simulation.memory("review").all_items() if item["sk"].startswith("REPORTER#"))
    assert ("text" in report, report["evidence"]) == (False, {"text": "加我看更多"})
    close(simulation)
    assert "加我看更多" not in str(list(simulation.memory("review").all_items()))


def test_a4_the_author_cannot_decide_the_case() -> None:
    simulation = Simulation()
    case_id = reported(simulation)
    with pytest.raises(errors.ConflictOfInterest):
        uphold(simulation, case_id, by="author")
