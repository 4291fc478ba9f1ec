"""The longest texts that requests can have, and the sizes of what is written for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from services.shared.kernel.text import Text
from services.shared.messaging.events import Event
from services.shared.messaging.failures import MAX_BODY_BYTES, NOT_IN_XML
from services.shared.table.dynamo import from_wire
from services.shared.table.validation import MAX_ITEM_BYTES, item_size
from simulation.streams import RELAY, fail_if_set_aside, filter_records, relay_records

FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"  # one visible character of 7 code points
BIRD = "🐦"
MAX_EVENT_BYTES = 256 * 1024  # of one entry of the bus
MAX_RESPONSE_BYTES = 6 * 1024 * 1024  # of a function


def longest_text(text: Text) -> str:
    """Return a legal text with the most bytes: 4 per code point."""
    maximum = min(text.maximum, text.limit()) if text.limit else text.maximum
    flags = min(maximum, text.max_code_points // len(FLAG))
    birds = min(maximum - flags, text.max_code_points - flags * len(FLAG))
    mixed = FLAG * flags + BIRD * birds
    return max(mixed, BIRD * maximum, key=len)


def assert_sizes(service: str, records: Iterable[dict[str, Any]]) -> None:
    """Assert that a table, a failure queue and the bus take what these stream records contain."""
    for record in records:
        change = record["dynamodb"]
        images = [change[name] for name in ("OldImage", "NewImage") if name in change]
        where = change["Keys"]
        assert all(item_size(from_wire(image)) < MAX_ITEM_BYTES for image in images), where
        kept = {name: change[name] for name in ("Keys", "SequenceNumber", "OldImage", "NewImage") if name in change}
        about = {"eventID": "e" * 32, "eventName": "MODIFY", "awsRegion": "us-east-1", "eventSourceARN": "a" * 200}
        body = {"function": "f" * 64, "reason": "r" * 256, "record": {**about, "dynamodb": kept}}
        size = len(json.dumps(body, ensure_ascii=False, default=str).translate(NOT_IN_XML).encode())
        assert size <= MAX_BODY_BYTES, (where, size, "would be set aside as its keys only")
        assert all(_event_size(event) <= MAX_EVENT_BYTES for event in _events(service, record)), where


def _events(service: str, record: dict[str, Any]) -> list[Event]:
    events: list[Event] = []

    def publish(batch: list[Event]) -> dict[int, str]:
        events.extend(batch)
        return {}

    relay_records(service, filter_records(service, RELAY, [record]), publish, fail_if_set_aside)
    return events


def _event_size(event: Event) -> int:
    return len(json.dumps(event.detail(), ensure_ascii=False).encode())
