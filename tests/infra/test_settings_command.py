"""The operators' command line for settings sends what it read, with the changes."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from infra.settings import change, parse_arguments, show

DOCUMENT: dict[str, Any] = {
    "service": "circles",
    "etag": "7",
    "settings": [
        {"name": "max_pins", "value": 5, "default": 5, "minimum": 1, "maximum": 20, "effect": "Pins."},
        {"name": "max_blocks", "value": 50, "default": 100, "minimum": 10, "maximum": 500, "effect": "Blocks."},
        {"name": "guess_lock", "value": "PT1H", "default": "PT30M", "minimum": "PT1M", "maximum": "P1D", "effect": "Lock."},
    ],
    "flags": [
        {"name": "daily_digest", "default": True, "effect": "Digest.", "context": ["circle_id"], "rules": {"default": False}}
    ],
    "changes": [{"at": "2026-11-23T08:00:00Z", "actor": "ops", "reason": "raid", "changes": {"max_blocks": [100, 50]}}],
}


class Recorder:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def call(self, method: str, path: str, body: Any = None, etag: str = "", **query: str) -> Any:
        self.calls.append((method, path, body, etag))
        return DOCUMENT


def test_a_change_keeps_the_other_overrides_and_names_the_state_that_was_read() -> None:
    client = Recorder()
    change(client, DOCUMENT, ["max_pins=3", "guess_lock="], "calm again")  # type: ignore[arg-type]
    body = {"values": {"max_pins": 3, "max_blocks": 50}, "flags": {"daily_digest": {"default": False}}, "reason": "calm again"}
    assert client.calls == [("PUT", "/settings/circles", body, "7")]


def test_a_duration_needs_no_quotes() -> None:
    client = Recorder()
    change(client, DOCUMENT, ["guess_lock=PT2H"], "x")  # type: ignore[arg-type]
    assert client.calls[0][2]["values"]["guess_lock"] == "PT2H"


def test_the_list_has_values_ranges_flags_and_the_last_changes() -> None:
    out = StringIO()
    show(DOCUMENT, Console(file=out, width=160))
    for text in ("max_blocks", "50", "10 – 500", "daily_digest", "max_blocks 100 -> 50", "raid"):
        assert text in out.getvalue()


def test_a_change_needs_a_reason() -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["circles", "max_pins=3"])
    assert parse_arguments(["circles", "max_pins=3", "--reason", "raid"]).assignments == ["max_pins=3"]
