"""Text of people cannot command the terminal of a reviewer."""

from __future__ import annotations

import argparse
import io
from typing import Any

import httpx
import pytest
from rich.console import Console

from infra.api_client import ApiClient, RequestFailed
from infra.console import COMMANDS, parse_arguments
from infra.console_cases import show_cases
from infra.terminal import escape_controls

ATTACK = "\x1b[2J\x1b]0;title\x07\x9b2J\u202egnp.exe\u2028\U000e0041"


def test_controls_and_overrides_are_escaped_everywhere_in_a_document() -> None:
    document: dict[str, Any] = {ATTACK: [{"text": ATTACK}, 1, None, True], "plain": "观鸟 👩\u200d🔬\n\t[red]"}
    escaped = escape_controls(document)
    assert escaped["plain"] == document["plain"]
    assert [value for value in str(escaped) if not value.isprintable() and value != "\u200d"] == []
    assert "\\u{001b}[2J" in next(iter(escaped))


@pytest.mark.parametrize("status", [200, 422])
def test_the_output_of_the_console_is_escaped(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case = {"case_id": "c", "subject": {"service": "chat", "kind": ATTACK}, "reporters": 1, "due_at": "2026-01-01T00:00:00Z"}
    body = {"items": [{**case, "evidence": {"text": ATTACK}}], "title": ATTACK}
    client, output = ApiClient("http://api.test", ""), io.StringIO()
    response = httpx.Response(status, json=body)
    monkeypatch.setattr(client._client.http.plain, "request", lambda *_, **__: response)
    try:
        show_cases(client, argparse.Namespace(), Console(file=output, width=200))
    except RequestFailed as error:
        output.write(str(error))
    assert "\\u{001b}" in output.getvalue()
    assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(output.getvalue())


CASE = {
    "author": "u1",
    "revision": 1,
    "later": [],
    "evidence": {"text": "加我看更多"},
    "surroundings": [],
    "outcome": "upheld",
    "violation": "spam",
    "note": "已核实。",
}
APPEAL: dict[str, Any] = {
    "appeal_id": "apl_1",
    "kind": "take_down",
    "user_id": "u1",
    "statement": "这不是广告。",
    "grants": 0,
    "grants_needed": 1,
    "submitted_at": "2026-01-01T00:00:00Z",
    "due_at": "2026-01-05T00:00:00Z",
    "case": CASE,
    "sanction": None,
}
SURROUNDING = {"seq": 6, "kind": "text", "sender": "u2", "text": "今早看到白鹭", "sent_at": "2026-01-01T00:00:00Z"}
RECALLED = {**SURROUNDING, "seq": 8, "kind": "recalled", "sender": None, "text": ""}
OPEN = {**CASE, "outcome": None, "surroundings": [SURROUNDING, RECALLED]}
LATER = {"revision": 2, "evidence": {"text": "改了"}, "surroundings": [{**SURROUNDING, "text": "后来的"}]}
SANCTION = {"level": "suspended", "violation": "fraud", "until": None, "reason": "冒用。"}
LINES = {
    "case cas_1": (CASE, "GET /cases/cas_1", None, "upheld  spam"),
    "case cas_2": (OPEN, "GET /cases/cas_2", None, "u2  今早看到白鹭"),
    "case cas_3": (OPEN, "GET /cases/cas_3", None, "recalled"),
    "case cas_4": ({**OPEN, "later": [LATER]}, "GET /cases/cas_4", None, "后来的"),
    "decide-case cas_1 upheld --violation spam --note x": (
        {"outcome": "upheld"},
        "POST /cases/cas_1/decision",
        {"outcome": "upheld", "violation": "spam", "note": "x"},
        "upheld",
    ),
    "appeals": ({"items": [APPEAL]}, "GET /appeals", None, "0 / 1"),
    "appeal apl_1": (APPEAL, "GET /appeals/apl_1", None, "这不是广告。"),
    "appeal apl_2": ({**APPEAL, "case": None, "sanction": SANCTION}, "GET /appeals/apl_2", None, "suspended, fraud"),
    "decide-appeal apl_1 granted --note x": (
        {"state": "granted", "grants": 1, "grants_needed": 1},
        "POST /appeals/apl_1/decision",
        {"outcome": "granted", "note": "x"},
        "1 of 1 grants",
    ),
}


@pytest.mark.parametrize("line", LINES)
def test_a4_the_console_shows_and_decides_cases_and_appeals(line: str) -> None:
    response, request, body, printed = LINES[line]
    args, output, sent = parse_arguments(line.split()), io.StringIO(), []

    class RecordingClient(ApiClient):
        def call(self, method: str, path: str, body: Any = None, etag: str = "", **query: str) -> Any:
            sent.append((f"{method} {path}", body))
            return response

    COMMANDS[args.command](RecordingClient("http://api.test", ""), args, Console(file=output, width=200))
    assert sent == [(request, body)]
    assert printed in output.getvalue()
