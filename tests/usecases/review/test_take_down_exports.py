"""What a user exports of take-downs of their own content (A4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.review.repository.export_lines import get_export_page
from services.shared.exports.jobs import ExportJob
from services.shared.kernel.clock import millis
from simulation.simulation import Simulation
from tests.usecases.review.appeals import AUTHOR, CIRCLE, MEI, appeal, decide, taken_down


def test_a4_an_own_export_has_what_was_taken_down_in_the_circle_with_the_own_statement() -> None:
    simulation = Simulation()
    case = taken_down(simulation)
    taken_down(simulation, subject_id=f"note_{1:026}", circle_id="cir_01KJY2E1KX7BMZ758QWDX6V9QD")
    simulation.clock.advance(minutes=1)
    now = simulation.clock.now
    job = ExportJob("exp_1", CIRCLE, AUTHOR.user_id, now, now + timedelta(days=7), version=1)
    assert case.decided_at
    line = {
        "kind": "take_down",
        "circle_id": CIRCLE,
        "case_id": case.id,
        "subject": {"service": "circles", "kind": "note", "id": "note_01KJY2E1KX7BMZ758QWDX6V9QC"},
        "violation": "spam",
        "decided_at": millis(case.decided_at),
    }
    assert get_export_page(simulation.review_table, job).lines == [line]
    decide(simulation, appeal(simulation, case.id))
    appealed = {**line, "appeal": "granted", "statement": "这不是广告。"}
    assert get_export_page(simulation.review_table, job).lines == [appealed]
    assert get_export_page(simulation.review_table, replace(job, requested_at=now - timedelta(hours=1))).lines == []
    reports = get_export_page(simulation.review_table, replace(job, user_id=MEI.user_id)).lines
    assert [each["kind"] for each in reports] == ["report"], "the reporter exports no take-down"
