"""Injected faults happen once, at the requested call, and have the effect of the real fault."""

from __future__ import annotations

from contextlib import suppress

import pytest

from services.shared.table.items import ABSENT, Key, Query, Update
from services.shared.table.port import Table, Throttled, TransactionConflict
from simulation.faults import Fault, FaultyTable, Lost, every_fault
from simulation.memory import MemoryTable

KEY = Key("P", "A")
RAISED = {Fault.REQUEST_LOST: Lost, Fault.RESPONSE_LOST: Lost, Fault.CONFLICT: TransactionConflict, Fault.THROTTLED: Throttled}


def work(table: Table) -> None:
    """Call each method; six of the calls write."""
    table.put({**KEY.attributes(), "n": 0}, when=ABSENT)
    table.get(KEY)
    table.get_many([KEY])
    table.update(KEY, add={"n": 1}, when=None)
    table.query(Query("P", 5))
    table.transact([Update(KEY, None, add={"n": 1})], token="t")
    table.reserve(Key("B", "1"), token="a", first=1, size=5, create_block=True, at=1, earlier_at=0)
    table.delete(Key("B", "1"), when=None)
    table.delete(KEY, when=None)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("at", range(1, 10))
def test_the_fault_happens_at_the_requested_call(fault: Fault, at: int) -> None:
    table = FaultyTable(MemoryTable(), fault, at)
    with pytest.raises(RAISED[fault]):
        work(table)
    assert (table.calls, table.was_injected) == (at, True)


@pytest.mark.parametrize("fault", Fault)
def test_only_a_lost_response_leaves_a_change(fault: Fault) -> None:
    beneath = MemoryTable()
    with pytest.raises(RAISED[fault]):
        FaultyTable(beneath, fault, 1).put(KEY.attributes(), when=None)
    assert beneath.all_items() == ([KEY.attributes()] if fault is Fault.RESPONSE_LOST else [])


def test_a_fault_after_the_last_call_does_not_happen() -> None:
    table = FaultyTable(MemoryTable(), Fault.REQUEST_LOST, 10)
    work(table)
    assert (table.calls, table.was_injected) == (9, False)


def test_every_fault_at_every_call() -> None:
    def run(table: FaultyTable) -> None:
        with suppress(*RAISED.values()):
            work(table)

    faults = [(table.fault, table.at) for table in every_fault(MemoryTable, run)]
    assert faults == [(fault, at) for fault in Fault for at in range(1, 10)]
