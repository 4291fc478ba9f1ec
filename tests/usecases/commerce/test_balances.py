"""The balances of the ledger are exact however the stream is cut into batches and delivered again."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.commerce.domain import EntryLine, EntryReason, LedgerEntry
from services.commerce.repository.balances import sum_balances
from services.commerce.repository.ledger import append_entry
from services.commerce.usecases.stream import MAX_GROUP, handle_changes, stream_steps
from services.shared.kernel.ids import new_id
from services.shared.messaging.stream import Change, process_stream
from services.shared.table.dynamo import wire_item
from services.shared.table.items import Key
from simulation.clock import FakeClock
from simulation.faults import Fault, FaultyTable
from simulation.memory import MemoryTable
from simulation.meter import MeteredTable

ENTRIES = 25


def entry(number: int) -> LedgerEntry:
    """An entry that moves a different amount than all others, from one of three sellers."""
    amount = 2**number
    lines = (EntryLine("cash", amount), EntryLine(f"seller:{number % 3}", -amount))
    return LedgerEntry(f"ord_{number}", EntryReason.CAPTURE, "CNY", lines)


def change(number: int) -> Change:
    item = append_entry(entry(number)).item
    return Change(f"{number:020}", Key.of(item), None, item)


CHANGES = [change(number) for number in range(ENTRIES)]


def ports(table: Any) -> Any:
    return SimpleNamespace(table=table, clock=FakeClock(), new_id=new_id)


def balances(table: MemoryTable) -> dict[str, int]:
    return sum_balances(table.all_items())


def expected(numbers: set[int]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for number in numbers:
        for line in entry(number).lines:
            sums[f"{line.ledger_account}#CNY"] += line.amount
    return dict(sums)


@pytest.mark.parametrize("cut", range(1, ENTRIES))
def test_25_entries_that_come_again_in_two_parts_count_once(cut: int) -> None:
    table = MemoryTable({})
    handle_changes(ports(table), CHANGES)
    handle_changes(ports(table), CHANGES[:cut])
    handle_changes(ports(table), CHANGES[cut:])
    assert balances(table) == expected(set(range(ENTRIES)))


parts = st.lists(st.tuples(st.integers(0, ENTRIES - 1), st.integers(1, ENTRIES)), min_size=1, max_size=12)


@settings(deadline=None)  # the first example is slow on a loaded machine
@given(parts, st.booleans())
def test_balances_are_exact_under_random_redelivery(deliveries: list[tuple[int, int]], is_shuffled: bool) -> None:
    table, seen = MemoryTable({}), set()
    for start, size in deliveries:
        part = CHANGES[start : start + size]
        handle_changes(ports(table), part[::-1] if is_shuffled else part)
        seen |= {int(one.sequence) for one in part}
        assert balances(table) == expected(seen)
        assert sum(balances(table).values()) == 0


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("at", range(1, 8))
def test_balances_are_exact_after_a_fault_and_a_retry_in_other_parts(fault: Fault, at: int) -> None:
    table = MemoryTable({})
    handle_changes(ports(table), CHANGES[3:9])
    batch = [record(one) for one in CHANGES]

    def fail(record: Any, reason: str) -> None:
        raise AssertionError(reason)

    process_stream({"Records": batch}, stream_steps(ports(FaultyTable(table, fault, at))), fail, size=MAX_GROUP)
    for start in range(0, ENTRIES, 7):
        process_stream({"Records": batch[start : start + 7]}, stream_steps(ports(table)), fail, size=MAX_GROUP)
    assert balances(table) == expected(set(range(ENTRIES)))


def record(one: Change) -> dict[str, Any]:
    keys, image = wire_item(one.key.attributes()), wire_item(one.new or {})
    return {"dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": one.sequence}}


def test_an_entry_costs_4_write_units_and_the_group_2_per_ledger_account_and_payee() -> None:
    """Its marker is in the index of the seller's statement, and in that of cash which is not reconciled."""
    table = MeteredTable(MemoryTable({}))
    with table.measure() as cost:
        handle_changes(ports(table), CHANGES[:10])
    assert cost.writes == 10 * (2 + 2) + 4 * 2 + 3 * 2
