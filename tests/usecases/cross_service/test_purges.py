"""C26: after the purge of a circle, no service keeps a text of the circle, apart from what is listed here with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.commerce.domain import OrderState
from services.review import usecases as review
from services.review.settings import settings as review_settings
from services.shared.table.items import Item
from simulation.setup.applications import CONTENT
from simulation.streams import changes_from_images, deliver, published_events
from tests.kill.actions import CIRCLE, LIN, MEI
from tests.support.filled_circle import NAMES, FilledCircle, as_text

MARKS = (*(f"{name}: " for name in NAMES.values()), "review: ", '"amount": 77700')
CIRCLE_TEXTS = (CONTENT.circle_name, CONTENT.circle_definition, CONTENT.resonance, CONTENT.early_building)
# What keeps a text of the circle, by service and the beginning of its keys, with the reason.
KEPT = {
    ("commerce", "BUYER#", "ORDER#"): "the law requires the record of a transaction for years, with what was bought",
    ("commerce", "LEDGER#", "ENTRY#"): "the law requires accounts: amounts, no texts",
    ("commerce", "LEDGER", ""): "balances: amounts, no texts",
    ("review", "CASE#", ""): "evidence of open cases",
    ("review", "DISPUTE#", ""): "amounts, no texts of users; the reason of a ruling is erased after its retention",
    ("commerce", "BUYER#", "RETURN#"): "of a transaction; the texts are erased 180 days after its end",
    ("commerce", "BUYER#", "DISPUTE#"): "of a transaction; the texts are erased 180 days after its end",
    ("circles", "USER#", "PROFILE"): "of the user, whatever circles they are in",
}
KEPT_FILES = "shown/avatars/"  # of profiles


@pytest.fixture
def filled() -> FilledCircle:
    circle = FilledCircle()
    circle.decide_cases(most=6)
    circle.driver.run()
    assert len(circle.open_cases()) == 6
    circles.close_circle(circle.simulation.circles, LIN, CIRCLE, timedelta(days=30))
    circle.driver.run()
    circle.driver.clock.advance(days=30)
    return circle


def texts_left(circle: FilledCircle, texts: tuple[str, ...] = MARKS) -> list[tuple[str, Any]]:
    found = [(service, item) for service, item in circle.items() if any(text in as_text(item) for text in texts)]
    found = [(service, item) for service, item in found if not is_kept(circle, service, item)]
    return found + [(name, data) for name, data in circle.files().items() if not name.startswith(KEPT_FILES)]


def is_kept(circle: FilledCircle, service: str, item: Item) -> bool:
    kept = any(service == owner and item["pk"].startswith(pk) and item["sk"].startswith(sk) for owner, pk, sk in KEPT)
    is_open = item["pk"] in {f"CASE#{case.id}" for case in circle.open_cases()}
    return kept and (service != "review" or is_open or item["pk"].startswith("DISPUTE#"))


def test_c26_after_a_purge_no_service_keeps_a_text_of_the_circle(filled: FilledCircle) -> None:
    assert {service for service, _ in texts_left(filled)} > {"circles", "chat", "commerce", "review"}
    filled.run_schedules()
    assert texts_left(filled) == []
    filled.driver.clock.advance(days=16)
    filled.run_schedules()
    filled.driver.clock.now += review_settings().retention
    filled.run_schedules()
    assert texts_left(filled, (*MARKS, *CIRCLE_TEXTS)) == [], "applications are erased after their retention"
    assert [item for _, item in filled.items() if item["pk"] == "JOBS"] == []


def test_c26_the_evidence_of_an_open_case_is_erased_after_its_decision(filled: FilledCircle) -> None:
    filled.run_schedules()
    filled.driver.clock.advance(days=20)
    filled.run_schedules()
    (case, *_) = filled.open_cases()
    assert any(text in as_text(case.evidence) for text in MARKS)
    filled.decide_cases()
    filled.driver.run()
    filled.run_schedules()
    assert texts_left(filled) != [], "an author can appeal"
    filled.driver.clock.now += review_settings().appeal_period
    filled.run_schedules()
    assert texts_left(filled) == []
    for service, item in filled.items():
        if service == "review" and item["sk"] == "CASE":
            assert (item["outcome"], item["audit_salt"]) == ("upheld", "")


def test_c26_an_event_that_comes_after_the_purge_leaves_no_text_for_long(filled: FilledCircle) -> None:
    """A dead-letter queue can be redriven 14 days later."""
    streams = {
        service: changes_from_images(filled.driver.tables[service].stream) for service in ("circles", "commerce", "chat")
    }
    late = {service: published_events(service, changes) for service, changes in streams.items()}
    filled.run_schedules()
    filled.driver.clock.advance(days=14)
    for events in late.values():
        for event in events:
            for service in ("chat", "commerce", "circles", "review"):
                _deliver_if_subscribed(filled, service, event)
    assert texts_left(filled) != []
    filled.decide_cases()
    filled.driver.clock.advance(days=2)
    filled.run_schedules()
    filled.driver.clock.now += review_settings().appeal_period
    filled.run_schedules()
    assert texts_left(filled) == []


def _deliver_if_subscribed(filled: FilledCircle, service: str, event: Any) -> None:
    try:
        deliver(filled.simulation, service, event)
    except KeyError:
        return


@pytest.mark.parametrize("steps", [1, 7, 40])
def test_c26_an_interrupted_purge_of_any_service_continues(filled: FilledCircle, steps: int) -> None:
    circles.handle_schedule(filled.simulation.circles)
    filled.driver.run()
    for service in (chat, commerce, review):
        ports = filled.simulation.ports(service.__name__.split(".")[1])
        for _ in range(2000):
            left = iter(range(steps))
            if not service.handle_jobs(ports, lambda left=left: next(left, None) is not None):
                break
    filled.run_schedules()
    assert texts_left(filled) == []


def test_c26_orders_in_progress_are_completed_after_the_purge(filled: FilledCircle) -> None:
    filled.run_schedules()
    order, ports = filled.orders[LIN.user_id], filled.simulation.commerce
    assert commerce.ship_order(ports, MEI, order).state is OrderState.SHIPPED
    assert commerce.confirm_receipt(ports, LIN, order).state is OrderState.RECEIVED
