"""Text of people cannot command the terminal of a reviewer."""

from __future__ import annotations

import argparse
import io
from typing import Any

import httpx
import pytest
from rich.console import Console

from infra.api_client import ApiClient, RequestFailed
from infra.console import show_cases
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
