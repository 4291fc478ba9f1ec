"""The partitions of the table in memory: a query returns what a look at all items finds, also in copies and after a revert."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from services.shared.table.items import Item, Key, Put, Query
from simulation.memory import MemoryTable

PARTITIONS, SORT_KEYS = ("A", "B"), ("M", "M#1", "M#2", "N", "晨", "晨#1")
RANGES: tuple[dict[str, Any], ...] = (
    {},
    {"prefix": "M"},
    {"prefix": "晨"},
    {"first": "M#1"},
    {"last": "N"},
    {"first": "M", "last": "M#2"},
)


def change(table: MemoryTable, dice: random.Random) -> None:
    """Put or delete an item, which a sparse index can have."""
    key = Key(dice.choice(PARTITIONS), dice.choice(SORT_KEYS))
    if dice.random() < 0.3:
        table.delete(key, when=None)
        return
    indexed = {"gsi1pk": dice.choice(PARTITIONS), "gsi1sk": dice.choice(SORT_KEYS)} if dice.random() < 0.7 else {}
    table.transact([Put({**key.attributes(), **indexed, "n": dice.randrange(9)}, None)], token=str(dice.random()))


def scanned(table: MemoryTable, query: Query) -> list[Item]:
    """Return the items of a query by a look at all items."""
    pk, sk = query.keys
    found = [item for item in table.all_items() if item.get(pk) == query.pk and sk in item and query.covers(item[sk])]
    found.sort(key=lambda item: (item[sk], item["pk"], item["sk"]), reverse=query.newest_first)
    names = {"pk", "sk", pk, sk}
    return [item if query.index is None else {name: item[name] for name in item if name in names} for item in found]


def paged(table: MemoryTable, pk: str, limit: int, **options: Any) -> list[Item]:
    """Return the items of all pages of a query."""
    page = table.query(Query(pk, limit, **options))
    items = list(page.items)
    while page.next is not None:
        page = table.query(Query(pk, limit, **options, start=page.next))
        items += page.items
    return items


def require_equal_to_a_scan(tables: Sequence[MemoryTable]) -> None:
    for table in tables:
        for pk in PARTITIONS:
            for options in RANGES:
                for index in (None, "gsi1"):
                    for newest_first in (False, True):
                        wanted: dict[str, Any] = {**options, "index": index, "newest_first": newest_first}
                        expected = scanned(table, Query(pk, 1, **wanted))
                        assert paged(table, pk, 2, **wanted) == expected
                        assert paged(table, pk, 100, **wanted) == expected


@pytest.mark.parametrize("seed", range(5))
def test_a_query_returns_what_a_scan_finds_in_a_table_and_in_its_copies(seed: int) -> None:
    dice = random.Random(seed)
    tables = [MemoryTable({"gsi1": ()})]
    for step in range(60):
        change(dice.choice(tables), dice)
        if step % 15 == 14:
            tables.append(MemoryTable({"gsi1": ()}))
            tables[-1].copy_from(dice.choice(tables[:-1]))
            require_equal_to_a_scan(tables)


@pytest.mark.parametrize("seed", range(5))
def test_a_query_after_a_revert_returns_what_it_returned_before(seed: int) -> None:
    dice = random.Random(seed)
    table = MemoryTable({"gsi1": ()})
    for _ in range(5):
        for _ in range(10):
            change(table, dice)
        before = table.all_items()
        with table.reverted():
            for _ in range(10):
                change(table, dice)
            require_equal_to_a_scan([table])
        assert table.all_items() == before
        require_equal_to_a_scan([table])
