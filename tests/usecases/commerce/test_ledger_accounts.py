"""The list of ledger accounts: over 32 partitions, with the parts of shared balances summed, each account once."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from services.commerce.domain import EntryLine, EntryReason, LedgerEntry
from services.commerce.domain.ledger import Balance
from services.commerce.repository.balances import (
    BALANCES,
    PARTITIONS,
    PARTS,
    SHARED,
    count_entries,
    list_balances,
    sum_balances,
)
from services.commerce.repository.ledger import append_entry
from services.commerce.usecases.stream import MAX_GROUP, handle_changes
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.stream import Change
from services.shared.table.items import Key, Update
from simulation.clock import FakeClock
from simulation.memory import MemoryTable

ENTRIES = 60


def entry(number: int, currency: str = "CNY") -> LedgerEntry:
    lines = (EntryLine("cash", 100), EntryLine("platform", -number), EntryLine(f"seller:user-{number % 40}", number - 100))
    return LedgerEntry(f"ord_{number}", EntryReason.CAPTURE, currency, lines, payment_id=f"pay_{number}")


def filled(count: int = ENTRIES) -> MemoryTable:
    table = MemoryTable({})
    ports: Any = SimpleNamespace(table=table, clock=FakeClock(), new_id=new_id)
    entries = [entry(number) for number in range(count)] + [entry(count, "USD")] * bool(count)
    for number, one in enumerate(entries):
        put = append_entry(one)
        table.put(put.item, when=put.when)
        handle_changes(ports, [Change(f"{number:020}", Key.of(put.item), None, put.item)])
    return table


def pages(table: MemoryTable, limit: int) -> list[list[Balance]]:
    found, start = [], None
    while True:
        page = list_balances(table, PageRequest(limit, start))
        found.append(page.items)
        if page.next is None:
            return found
        start = page.next


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 20, 44, 45, 46, 100])
def test_each_ledger_account_is_listed_once_with_its_whole_balance(limit: int) -> None:
    table = filled()
    found = pages(table, limit)
    assert all(len(page) == limit for page in found[:-1])
    assert 0 < len(found[-1]) <= limit
    balances = {f"{each.ledger_account}#{each.currency}": each.balance for page in found for each in page}
    assert len(balances) == sum(map(len, found))
    assert balances == sum_balances(table.all_items())
    assert sum(balances.values()) == 0


def test_an_empty_ledger_has_no_accounts() -> None:
    assert pages(filled(0), 20) == [[]]


def test_shared_balances_and_accounts_are_spread_over_partitions() -> None:
    items = [item for item in filled().all_items() if item["pk"].startswith(BALANCES)]
    parts = Counter(item["sk"] for item in items)
    assert all(PARTS // 2 < parts[name] <= PARTS for name in SHARED)
    assert all(count == 1 for name, count in parts.items() if name not in SHARED)
    assert len({item["pk"] for item in items}) > PARTITIONS // 2


def test_the_largest_group_of_the_stream_is_one_transaction() -> None:
    """A refund of a divided order changes the most ledger accounts; DynamoDB allows 100 writes."""
    entries = [
        LedgerEntry(
            f"ord_{number}",
            EntryReason.REFUND,
            "CNY",
            (
                EntryLine(f"seller:s{number}", 10),
                EntryLine("platform", 10),
                EntryLine(f"owner:o{number}", 10),
                EntryLine(f"unapplied:p{number}", 10),
                EntryLine("cash", -40),
            ),
            "re_1",
        )
        for number in range(MAX_GROUP)
    ]
    writes = count_entries(entries, FakeClock().now)
    assert len(writes) <= 100
    assert len({write.key if isinstance(write, Update) else Key.of(write.item) for write in writes}) == len(writes)
