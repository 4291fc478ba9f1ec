"""Faults come where they were asked for, once, and leave the table as such a fault would."""

from __future__ import annotations

from contextlib import suppress

import pytest

from services.shared.table.port import (
    ABSENT,
    Conflict,
    Key,
    Query,
    Table,
    Throttled,
    Update,
)
from simulation.faults import (
    Fault,
    FaultyTable,
    Lost,
    every_fault,
)
from simulation.memory import MemoryTable

KEY = Key("P", "A")
RAISED = {Fault.REQUEST_LOST: Lost, Fault.ANSWER_LOST: Lost, Fault.CONFLICT: Conflict, Fault.THROTTLED: Throttled}


def work(table: Table) -> None:
    """Every method once; six of them write."""
    table.put({**KEY.attributes(), "n": 0}, when=ABSENT)
    table.get(KEY)
    table.update(KEY, add={"n": 1}, when=None)
    table.query(Query("P", 5))
    table.transact([Update(KEY, None, add={"n": 1})], token="t")
    table.reserve(Key("B", "1"), token="a", first=1, size=5, may_open=True)
    table.delete(Key("B", "1"), when=None)
    table.delete(KEY, when=None)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("at", range(1, 9))
def test_the_call_asked_for_meets_the_fault(fault: Fault, at: int) -> None:
    table = FaultyTable(MemoryTable(), fault, at)
    with pytest.raises(RAISED[fault]):
        work(table)
    assert (table.calls, table.struck) == (at, True)


@pytest.mark.parametrize("fault", Fault)
def test_only_a_lost_answer_leaves_a_trace(fault: Fault) -> None:
    beneath = MemoryTable()
    with pytest.raises(RAISED[fault]):
        FaultyTable(beneath, fault, 1).put(KEY.attributes(), when=None)
    assert beneath.all_items() == ([KEY.attributes()] if fault is Fault.ANSWER_LOST else [])


def test_a_fault_beyond_the_last_call_does_not_come() -> None:
    table = FaultyTable(MemoryTable(), Fault.REQUEST_LOST, 9)
    work(table)
    assert (table.calls, table.struck) == (8, False)


def test_every_fault_at_every_call() -> None:
    def run(table: FaultyTable) -> None:
        with suppress(*RAISED.values()):
            work(table)

    met = [(table.fault, table.at) for table in every_fault(MemoryTable, run)]
    assert met == [(fault, at) for fault in Fault for at in range(1, 9)]
