"""Counters that are aggregated from the stream: what a group costs when its counters do not exist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count

import pytest

from services.shared.messaging.counters import aggregate
from services.shared.messaging.stream import Change
from services.shared.table.items import PRESENT, Key, Update
from simulation.memory import MemoryTable
from simulation.meter import MeteredTable

GROUP = 49


def counter_of(change: Change) -> Key:
    return Key("COUNTER", change.key.sk)


def updates_of(changes: Sequence[Change]) -> list[Update]:
    return [Update(counter_of(change), PRESENT, add={"n": 1}) for change in changes]


@pytest.mark.parametrize("missing", [0, 1, 2, 48, 49])
def test_a_group_whose_counters_were_deleted_costs_a_few_tries(missing: int) -> None:
    """Without a bound, each missing counter costs a transaction: 49 deleted notes took 2,500 write units."""
    table, numbers = MeteredTable(MemoryTable({})), count()
    changes = [Change(f"{number:03}", Key("LIKE", f"{number:03}"), None, {}) for number in range(GROUP)]
    for change in changes[missing:]:
        table.put({**counter_of(change).attributes(), "n": 0}, when=None)
    with table.measure() as cost:
        at = datetime(2026, 3, 5, tzinfo=UTC)
        aggregate(table, changes, updates_of, at=at, new_id=lambda kind: f"{kind}_{next(numbers)}")
    assert cost.writes <= 4 * 2 * (GROUP + 1)
    assert cost.reads <= GROUP
    counted = [(table.get(counter_of(change)) or {}).get("n") for change in changes]
    assert counted == [None] * missing + [1] * (GROUP - missing)
