"""Schedules stop before their time ends, and the next run continues."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from services.circles import picture_worker, wiring
from services.circles import usecases as circles
from services.circles.domain.export import ExportKind, ExportState
from services.circles.repository.circles import load_circle
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.review.domain import State
from services.review.usecases.schedule import QUEUES
from services.shared.kernel.remaining_time import always
from services.shared.security.account_status import SanctionLevel
from services.shared.security.anchors import anchor_heads
from services.shared.security.violations import Violation
from simulation.setup.applications import current_application, enrol_reviewer, submit_application
from simulation.setup.circles import create_circle, post_note
from simulation.setup.commerce import Shop
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller, new_key
from tests.support.remaining_time import FallingContext, time_for

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


def test_the_queues_of_review_take_turns() -> None:
    """A long queue leaves time to the sanctions: the second step is the expiry of a proposal."""
    simulation = Simulation()
    applications = [submit_application(simulation, caller(f"applicant-{number}")) for number in range(5)]
    by = enrol_reviewer(simulation, "rui")
    ports, level = simulation.review, SanctionLevel.SUSPENDED
    review.impose_sanction(
        ports, by, MEI.user_id, level=level, until=None, violation=Violation.SPAM, reason="刷屏", emergency=False
    )
    simulation.clock.advance(days=30)
    assert len(QUEUES) == 4
    assert review.handle_schedule(ports, time_for(0)) == 0
    assert review.handle_schedule(ports, time_for(2)) == 2
    escalated = [application for application in applications if current_application(simulation, application).escalated]
    record = review.get_sanction_record(ports, by, MEI.user_id)
    assert (len(escalated), record.pending) == (1, None)
    assert review.handle_schedule(ports, always) == 4
    assert all(current_application(simulation, application).state is State.SUBMITTED for application in applications)


def test_r12_anchors_continue_with_the_next_hour() -> None:
    simulation = Simulation()
    for name in ("one", "two", "three"):
        submit_application(simulation, caller(name))
        handle_new_changes(simulation, "review")
        simulation.clock.advance(hours=1)
    counts = [
        anchor_heads(simulation.review_table, simulation.archive, "review", simulation.clock(), time_for(300)) for _ in range(4)
    ]
    assert sum(counts) == 3
    assert counts != [3, 0, 0, 0]


def test_orders_that_are_due_wait_for_the_next_run() -> None:
    shop = Shop(stock=5)
    for _ in range(5):
        shop.order()
    shop.simulation.clock.advance(minutes=15)
    assert [commerce.handle_schedule(shop.ports, time_for(2)) for _ in range(4)] == [2, 2, 1, 0]
    assert shop.current_listing().stock == 5


@pytest.mark.parametrize("steps", [1, 9])
def test_c26_the_purge_of_a_circle_continues(steps: int) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    for _ in range(10):
        post_note(simulation, circle_id, MEI)
    circles.close_circle(simulation.circles, LIN, circle_id, timedelta(days=30))
    simulation.clock.advance(days=30)
    runs = 0
    while load_circle(simulation.circles_table, circle_id).entity.due_at:
        circles.handle_schedule(simulation.circles, time_for(1 + steps))
        runs += 1
    assert runs > 10 / steps
    items = simulation.memory("circles").all_items()
    assert not [item for item in items if item["sk"].startswith("NOTE#")]


def test_c26_an_export_continues_page_by_page() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    for _ in range(50):
        post_note(simulation, circle_id, LIN)
    key = new_key(LIN, now=simulation.clock.now)
    export = circles.create_export(simulation.circles, LIN, circle_id, key, ExportKind.CIRCLE)
    runs = 0
    while export.state is ExportState.RUNNING:
        circles.handle_schedule(simulation.circles, time_for(1))
        export, runs = circles.get_export(simulation.circles, LIN, circle_id, export.id), runs + 1
    assert runs >= 5
    assert sum(part.lines for part in export.parts) >= 50


def test_without_time_the_schedule_of_circles_begins_nothing() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    simulation.clock.advance(days=1)
    before = load_circle(simulation.circles_table, circle_id).entity
    circles.handle_schedule(simulation.circles, time_for(0))
    circles.recount_counters(simulation.circles, time_for(0))
    assert load_circle(simulation.circles_table, circle_id).entity == before


def test_a_tag_that_no_time_is_left_for_is_compared_in_the_next_run() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    for tag in ("观鸟", "手冲咖啡", "鸟类摄影"):
        post_note(simulation, circle_id, LIN, tags=(tag,))
    handle_new_changes(simulation, "circles")
    circles.recount_tags(simulation.circles, always)
    snapshots = []
    for _ in range(4):
        circles.recount_tags(simulation.circles, time_for(1))
        snapshots.append(sum(item["sk"] == "SNAPSHOT" for item in simulation.memory("circles").all_items()))
    assert snapshots == [1, 2, 3, 3]


def test_uploads_that_no_time_is_left_for_return_to_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    processed: list[str] = []
    monkeypatch.setattr(circles, "process_upload", lambda ports, object_key, *rest: processed.append(object_key))
    monkeypatch.setattr(wiring, "ports", lambda: None)
    bodies = [json.dumps({"Records": [{"s3": {"object": {"key": f"raw/{number}"}}}]}) for number in range(4)]
    batch = {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}
    response = picture_worker.on_picture(batch, FallingContext(17.5))
    assert response == {"batchItemFailures": [{"itemIdentifier": "3"}]}
    assert processed == ["raw/0", "raw/1", "raw/2"]
