"""Each event's golden JSON: its publisher makes it, its consumers read it, the bus rules let it through."""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from infra.stacks import parsed, template_of
from services.shared.messaging.events import (
    BY_NAME,
    EVENTS,
    Event,
    parse_event,
)
from services.shared.messaging.outbox import pending_events_of
from simulation.services import SERVICES

GOLDEN = Path(__file__).parent / "events"
names = pytest.mark.parametrize("name", sorted(BY_NAME))


def golden(name: str) -> dict[str, Any]:
    """`{"item": the image that carries the fact, "event": the envelope that comes of it}`."""
    loaded: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@names
def test_the_publisher_makes_the_golden_event(name: str) -> None:
    item = golden(name)["item"]
    [pending] = pending_events_of(item)
    event = SERVICES[BY_NAME[name].SOURCE.removeprefix("coterie.")].publications[name](item, pending)
    assert event.detail() == golden(name)["event"]


@names
def test_consumers_read_the_golden_event(name: str) -> None:
    event = parse_event(golden(name)["event"])
    assert type(event) is BY_NAME[name]
    assert event.detail() == golden(name)["event"]


@names
def test_a_reader_ignores_what_is_new_and_misses_what_is_gone(name: str) -> None:
    envelope = golden(name)["event"]
    parse_event({**envelope, "later": 1, "data": {**envelope["data"], "later": 1}})
    field = next(iter(envelope["data"]))
    rest = {key: value for key, value in envelope["data"].items() if key != field}
    with pytest.raises(ValidationError):
        parse_event({**envelope, "data": rest})


@names
def test_golden_events_carry_ids_not_names_or_words(name: str) -> None:
    allowed = {"circle_name", "circle_tags", "name", "cohort", "state", "role", "window_start", "kind", "title", "currency"}
    allowed |= {
        "level",
        "until",
        "read_only_until",
        "muted_until",
        "invited_by",
        "day",
        "identity_id",
        "quiet_from",
        "quiet_until",
        "expires_at",
    }
    if name.endswith(("Reported", "Dormant")):  # the one place for words: what is reported must be seen by who judges it
        allowed |= {"service", "reason", "text"}
    for field, value in golden(name)["event"]["data"].items():
        assert field in allowed or field.endswith("_id") or not isinstance(value, str), field


def patterns(service: str) -> list[dict[str, Any]]:
    resources = parsed(template_of(service))["Resources"].values()
    return [one["Properties"]["EventPattern"] for one in resources if one["Type"] == "AWS::Events::Rule"]


def matches(pattern: dict[str, Any], event: type[Event]) -> bool:
    return event.SOURCE in pattern["source"] and event.name() in pattern["detail-type"]


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_rules_let_through_exactly_what_is_subscribed(service: str) -> None:
    through = {event for event in EVENTS for pattern in patterns(service) if matches(pattern, event)}
    assert through == set(SERVICES[service].subscriptions)


def test_every_event_has_one_publisher_and_a_golden_file() -> None:
    for event in EVENTS:
        assert [f"coterie.{service.name}" for service in SERVICES.values() if event.name() in service.publications] == [
            event.SOURCE
        ]
    files = {path.stem for path in GOLDEN.iterdir() if fnmatch.fnmatch(path.name, "*.json")}
    assert files == set(BY_NAME)
