"""What a service's README says of its states, its items and their cost is what the code does."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from bench.actions import ACTIONS
from bench.measure import measure
from services.review.domain import TRANSITIONS
from tests.kill.scenarios import SCENARIOS, state

README = (Path(__file__).parents[2] / "services" / "review" / "README.md").read_text(encoding="utf-8")
# Rows of the access patterns, and the measured actions that they are about.
MEASURED = {
    "start a draft": "start an application",
    "submit": "submit it",
    "read one's own application": "read one's own",
    "a reviewer's reading": "read as a reviewer",
    "queue page of 20": "queue page of 20",
    "decide": "decide",
    "decide, with the seat": "decide, with the seat",
    "decide a case": "decide a case",
}


def rows(header: str) -> dict[str, list[str]]:
    """A table of the README by its first column."""
    text = README[README.index(header) :].splitlines()
    lines = [line for line in text[2:] if line.startswith("|")] if text else []
    end = next((n for n, line in enumerate(text[2:]) if not line.startswith("|")), len(lines))
    return {cells[0]: cells[1:] for cells in ([cell.strip() for cell in line.split("|")[1:-1]] for line in text[2 : 2 + end])}


def test_the_transition_table_of_review_is_the_codes() -> None:
    told = {
        name.strip(): {one.strip() for one in cells[0].split(",") if one.strip()}
        for names, cells in rows("| from | to |").items()
        for name in names.split(",")
    }
    assert told == {str(before): {str(after) for after in afters} for before, afters in TRANSITIONS.items()}


LISTS = ("AUDIT", "HEADS", "ANCHORS", "PRINT", "METRICS")  # whose sort keys are ids and times alone


def shape(pk: str, sk: str) -> tuple[str, str]:
    """An item's kind: the fixed words of its keys."""
    owner = pk.partition("#")[0]
    return owner, "" if owner in LISTS else sk.partition("#")[0]


@cache
def written() -> set[tuple[str, str]]:
    """Every kind of item that the scenarios of the kill tests leave in review's table."""
    items = [item for name in SCENARIOS for item in state(name).tables["review"].all_items()]
    return {shape(item["pk"], item["sk"]) for item in items}


def test_the_entity_chart_of_review_names_every_item_and_no_other() -> None:
    owner, told = "", set()
    for line in README.split("```")[1].strip().splitlines():
        pk, sk = line[:18].strip(), line[18:36].strip()
        owner = pk.partition("#")[0] or owner
        if sk:
            told.add((owner, "" if sk.startswith("<") else sk.partition("#")[0]))
    no_scenario = {("COHORT", "PLACE")}  # nobody waits for a seat there
    assert written() | no_scenario == told


@pytest.mark.parametrize("row", MEASURED)
def test_the_access_patterns_of_review_cost_what_is_said(row: str) -> None:
    writes, reads = (
        sum(map(float, re.findall(r"[\d.]+", re.sub(r"\(.*?\)", "", cell)))) for cell in rows("| access pattern")[row]
    )
    action = next(one for one in ACTIONS if one.service == "review" and one.name == MEASURED[row])
    measured = measure(action, 1000)
    assert (measured.writes, measured.reads) == (writes, reads)
