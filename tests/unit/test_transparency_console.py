"""The transparency report as the console prints it (R20)."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from rich.console import Console

from infra.console import COMMANDS, parse_arguments
from infra.transparency import LABELS, PROCESSES
from services.review.domain.transparency import Count, Process


class FakeApi:
    """An API that returns one report."""

    def __init__(self, report: dict[str, Any]) -> None:
        self.report = report
        self.called: list[str] = []

    def call(self, method: str, path: str, **_: Any) -> Any:
        self.called.append(f"{method} {path}")
        return self.report


def run(line: str, *, is_complete: bool = True) -> tuple[str, FakeApi]:
    counts = dict.fromkeys(Count, 0) | {Count.CASES_UPHELD: 12}
    times = [{"process": process, "decisions": 7, "median_within_hours": 48} for process in Process]
    times[0] |= {"decisions": 3, "median_within_hours": None}
    report = {"month": "2026-11", "is_complete": is_complete, "counts": counts, "times": times}
    api, args, output = FakeApi(report), parse_arguments(line.split()), io.StringIO()
    COMMANDS[args.command](api, args, Console(file=output, width=110, highlight=False))  # type: ignore[arg-type]
    return output.getvalue(), api


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_r20_the_console_shows_the_report_of_a_month(form: str) -> None:
    text, api = run(f"transparency 2026-11 --format {form}")
    assert api.called == ["GET /transparency/2026-11"]
    for part in ("成立的举报", "cases_upheld", "12", "- (n = 3)", "<= 48 h (n = 7)"):
        assert part in text
    assert "not complete" not in text
    assert "not complete" in run(f"transparency 2026-11 --format {form}", is_complete=False)[0]


def test_r20_the_csv_of_a_report_has_every_count_once() -> None:
    text, _ = run("transparency 2026-11 --format csv", is_complete=False)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["name"] for row in rows] == [*Count, *(f"{process}_median" for process in Process)]
    assert {(row["month"], row["is_complete"]) for row in rows} == {("2026-11", "false")}
    assert [row["value"] for row in rows if row["name"] == "cases_upheld"] == ["12"]


def test_r20_every_count_has_a_label() -> None:
    assert LABELS.keys() == set(Count)
    assert PROCESSES.keys() == set(Process)
