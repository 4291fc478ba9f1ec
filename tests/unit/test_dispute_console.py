"""Disputes in the review console (M13)."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from infra.console import COMMANDS, parse_arguments

DISPUTE = "dsp_01KJY2E1M3VCCAMTQD8H0YG6RG"
RULING = {"proposal_id": "0f3a9c1d7e5b4286", "amount": 5_000, "note": "双方各半[red]"}
CASE = {"dispute_id": DISPUTE, "buyer_id": "u1", "ruling": RULING, "state": "ruled"}
STATEMENTS = {
    "order_id": "ord_1",
    "amount": 10_000,
    "currency": "CNY",
    "reason": "not_received",
    "buyer_id": "u1",
    "seller_id": "u2",
    "statement": "没收到[bold]",
    "answer": "已妥投",
}
ENTRY = {**CASE, "reason": "not_received", "amount": 10_000, "currency": "CNY", "due_at": "2026-01-01T00:00:00Z"}


class FakeApi:
    """An API that remembers its calls."""

    def __init__(self) -> None:
        self.called: list[tuple[str, str, Any]] = []

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        self.called.append((method, path, body or query))
        if path == "/staff/read-grants":
            return {"grant": "signed"}
        if path == "/dispute-cases":
            return {"items": [ENTRY]}
        return STATEMENTS if path.startswith("/staff/users/") else CASE


def run(*line: str) -> tuple[str, list[tuple[str, str, Any]]]:
    api, args, output = FakeApi(), parse_arguments(list(line)), io.StringIO()
    COMMANDS[args.command](api, args, Console(file=output, width=200, highlight=False))  # type: ignore[arg-type]
    return output.getvalue(), api.called


def test_m13_the_console_lists_disputes_without_a_user() -> None:
    text, called = run("disputes")
    assert (DISPUTE in text, "u1" in text) == (True, False)
    assert called == [("GET", "/dispute-cases", {"limit": "50"})]


def test_m13_the_console_reads_the_statements_with_a_grant() -> None:
    text, called = run("dispute", DISPUTE)
    assert called[1:] == [
        ("POST", "/staff/read-grants", {"read": "dispute", "subject_id": DISPUTE}),
        ("GET", f"/staff/users/u1/disputes/{DISPUTE}", {"grant": "signed"}),
    ]
    for part in ("没收到[bold]", "已妥投", "双方各半[red]", RULING["proposal_id"]):
        assert str(part) in text


def test_m13_the_console_proposes_ratifies_and_rejects() -> None:
    path = f"/dispute-cases/{DISPUTE}/ruling"
    assert run("propose-ruling", DISPUTE, "5000", "--note", "双方各半")[1] == [
        ("POST", path, {"amount": 5_000, "note": "双方各半"})
    ]
    assert run("ratify-ruling", DISPUTE, "0f3a")[1] == [("POST", f"{path}/ratification", {"proposal_id": "0f3a"})]
    assert run("ratify-ruling", DISPUTE, "0f3a", "--reject")[1] == [("POST", f"{path}/rejection", {"proposal_id": "0f3a"})]
