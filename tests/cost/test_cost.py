"""No action costs more than its budget, or more in a larger circle; nothing scans a table.

No action costs less either: a read that is no longer consistent costs half, and no other test in memory would notice it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.actions import ACTIONS
from bench.budgets import BUDGETS
from bench.cost import REASONS, TARGET, dollar_ratio, ratio
from bench.measure import SIZES, Action, growth, measure

SERVICES = Path(__file__).parents[2] / "services"
NAMES = {f"{action.service}: {action.name}": action for action in ACTIONS}


@pytest.mark.parametrize("action", NAMES.values(), ids=NAMES.keys())
def test_cost_stays_within_its_budget_at_every_size(action: Action) -> None:
    sizes = SIZES[:2] if action.grows else SIZES
    at_sizes = [measure(action, n) for n in sizes]
    budget = BUDGETS[f"{action.service}: {action.name}"]
    for n, measured in zip(sizes, at_sizes, strict=True):
        exceeded = [units for units, limit in zip(measured.units, budget, strict=True) if units > limit + 0.01]
        assert not exceeded, f"{measured} exceeds {budget} at n = {n}"
    largest = [max(units) for units in zip(*(measured.units for measured in at_sizes), strict=True)]
    assert largest == pytest.approx(budget, abs=0.01), "below its budget: lower it, unless a read is no longer consistent"
    assert action.grows or growth(at_sizes) != "grows"


def test_every_action_that_misses_its_floor_says_why() -> None:
    missed = [action.name for action in ACTIONS if (ratio(action, measure(action, 1000)) or 0) > TARGET + 1e-9]
    assert set(missed) == REASONS.keys()


SENDS = [action for action in NAMES.values() if action.name.startswith("send ") and action.floor]
MAX_SEND = 1.1


@pytest.mark.parametrize("action", SENDS, ids=[action.name for action in SENDS])
def test_a_send_costs_at_most_a_tenth_more_than_its_floor_in_dollars(action: Action) -> None:
    assert len(SENDS) == 3
    assert 1 <= (dollar_ratio(action, measure(action, 1000)) or 0) <= MAX_SEND


def test_cost_has_a_budget_for_every_action_and_no_other() -> None:
    assert BUDGETS.keys() == NAMES.keys()


def test_cost_of_every_read_is_bounded_as_nothing_scans() -> None:
    scans = re.compile(r"\bscan\b|\.scan\(|\"scan\"", re.IGNORECASE)
    assert not [str(path) for path in SERVICES.rglob("*.py") if scans.search(path.read_text(encoding="utf-8"))]
