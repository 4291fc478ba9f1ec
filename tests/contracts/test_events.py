"""The golden JSON of each event: its publisher builds it, its consumers parse it, the bus rules match it."""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

import pytest

from infra.templates import resources
from services.review.subscriptions import ARCHIVED
from services.review.usecases.product_facts import fact_of
from services.shared.messaging.events import (
    BY_NAME,
    EVENTS,
    Event,
    EventInvalid,
    ReportsDecided,
    ReportsDecidedData,
    parse_event,
)
from services.shared.messaging.outbox import pending_events_of
from simulation.registry import REGISTRY
from simulation.users import RING

GOLDEN = Path(__file__).parent / "events"
names = pytest.mark.parametrize("name", sorted(BY_NAME))


def golden(name: str) -> dict[str, Any]:
    """`{"item": the image with the pending event, "event": the envelope that it becomes}`."""
    loaded: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@names
def test_the_publisher_builds_the_golden_event(name: str) -> None:
    item = golden(name)["item"]
    [pending] = pending_events_of(item)
    event = REGISTRY[BY_NAME[name].SOURCE.removeprefix("coterie.")].publications[name](item, pending)
    assert event.detail() == golden(name)["event"]


@names
def test_consumers_read_the_golden_event(name: str) -> None:
    event = parse_event(golden(name)["event"])
    assert type(event) is BY_NAME[name]
    assert event.detail() == golden(name)["event"]


@names
def test_a_consumer_ignores_a_new_field_and_rejects_a_missing_one(name: str) -> None:
    envelope = golden(name)["event"]
    parse_event({**envelope, "later": 1, "data": {**envelope["data"], "later": 1}})
    field = next(iter(envelope["data"]))
    rest = {key: value for key, value in envelope["data"].items() if key != field}
    with pytest.raises(EventInvalid):
        parse_event({**envelope, "data": rest})


@names
def test_golden_events_contain_ids_and_no_text_of_users(name: str) -> None:
    allowed = {"circle_name", "circle_tags", "name", "cohort", "state", "role", "window_start", "kind", "title", "currency"}
    allowed |= {"activated_at", "selling_paused_until", "level", "until"} | {
        "previous_level",
        "previous_until",
        "violation",
        "previous_violation",
        "read_only_until",
        "held_until",
        "placed_at",
        "source",
        "verification",
        "currently_due",
        "end_reason",
        "muted_until",
        "member_since",
        "invited_by",
        "created_at",
        "approved_at",
        "day",
        "identity_id",
        "quiet_from",
        "quiet_until",
        "expires_at",
        "requested_at",
        "content",  # of a deletion: keep or delete
        "content_kind",
        "outcome",
    }
    if name == "TakeDownChanged":
        allowed.add("service")
    if (
        name.endswith(("Reported", "Dormant")) or name == "ListingRemoved"
    ):  # reports contain text, because reviewers must see the evidence
        allowed |= {"service", "reason", "text"}
    allowed |= {"DisputeChanged": {"reason"}, "DisputeRuled": {"note"}}.get(name, set())  # a code; what both parties read
    for field, value in golden(name)["event"]["data"].items():
        assert field in allowed or field.endswith("_id") or not isinstance(value, str), field


def patterns(service: str) -> list[dict[str, Any]]:
    return [rule["EventPattern"] for rule in resources(service, "Events::Rule").values()]


def matches(pattern: dict[str, Any], event: type[Event]) -> bool:
    return event.SOURCE in pattern["source"] and event.name() in pattern["detail-type"]


@pytest.mark.parametrize("service", sorted(REGISTRY))
def test_rules_match_exactly_the_subscribed_events(service: str) -> None:
    matched = {event for event in EVENTS for pattern in patterns(service) if matches(pattern, event)}
    assert matched == set(REGISTRY[service].subscriptions)


def test_m20_the_archive_gets_exactly_the_events_that_have_facts() -> None:
    pattern = resources("review", "Events::Rule")["FactsRule"]["EventPattern"]
    assert {event for event in EVENTS if matches(pattern, event)} == ARCHIVED <= set(REGISTRY["review"].subscriptions)
    with_facts = {event for event in EVENTS if fact_of(parse_event(golden(event.name())["event"]), RING)}
    assert with_facts <= ARCHIVED


def test_only_chat_knows_who_reported_content() -> None:
    """It notifies the reporters. The author of the content is not in the event, and no other service subscribes to it."""
    assert [name for name, service in REGISTRY.items() if ReportsDecided in service.subscriptions] == ["chat"]
    assert set(ReportsDecidedData.model_fields) == {"case_id", "content_kind", "reporter_ids", "outcome"}


def test_every_event_has_one_publisher_and_a_golden_file() -> None:
    for event in EVENTS:
        assert [f"coterie.{service.name}" for service in REGISTRY.values() if event.name() in service.publications] == [
            event.SOURCE
        ]
    files = {path.stem for path in GOLDEN.iterdir() if fnmatch.fnmatch(path.name, "*.json")}
    assert files == set(BY_NAME)
