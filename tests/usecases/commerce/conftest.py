"""After each test here: the ledger of each table is a double entry, and its balances are what the counted entries sum to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from services.commerce.repository.balances import marker_key, sum_balances, sum_entries
from services.commerce.repository.ledger import ENTRY_PREFIX, entry_from_item
from services.shared.table.items import Key
from simulation.memory import MemoryTable


@pytest.fixture(autouse=True)
def balanced_ledgers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tables: list[MemoryTable] = []
    create = MemoryTable.__init__

    def remember(table: MemoryTable, *arguments: Any, **named: Any) -> None:
        create(table, *arguments, **named)
        tables.append(table)

    monkeypatch.setattr(MemoryTable, "__init__", remember)
    yield
    for table in tables:
        require_balanced(table)


def require_balanced(table: MemoryTable) -> None:
    """Require that all entries and all balances of a table sum to zero, in each currency, and that they agree."""
    items = table.stored_items()
    keys = {Key.of(item) for item in items}
    entries = [entry_from_item(item) for item in items if item["sk"].startswith(ENTRY_PREFIX)]
    balances = sum_balances(items)
    assert all(sum(line.amount for line in entry.lines) == 0 for entry in entries)
    if entries:  # some tests give the stream entries that no table has
        assert balances == sum_entries(entry for entry in entries if marker_key(entry) in keys)
    currencies = {name.rpartition("#")[2] for name in balances}
    for currency in currencies:
        assert sum(balance for name, balance in balances.items() if name.endswith(f"#{currency}")) == 0
