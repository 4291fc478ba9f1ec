"""Pages of a list in which some items are hidden: full pages, and no next position after the last entry."""

from __future__ import annotations

import random
from typing import Any

import pytest

from services.shared.kernel.pages import Page, Position
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import get_all, query_page, query_page_by_parts
from simulation.memory import MemoryTable
from tests.support.races import HookedTable


def table_of(hidden: list[bool]) -> MemoryTable:
    table = MemoryTable()
    for number, is_hidden in enumerate(hidden):
        table.put({"pk": "P", "sk": f"{number:05}", "hidden": is_hidden}, when=None)
    return table


def number_of(item: Item) -> int | None:
    return None if item["hidden"] else int(item["sk"])


def walk(table: Any, limit: int, **query: Any) -> list[list[int]]:
    """Return the entries of all pages, of which none leads to an empty one."""
    found: list[list[int]] = []
    start: Position | None = None
    while True:
        page: Page[int] = query_page(table, Query(pk="P", limit=limit, start=start, **query), number_of)
        found.append(page.items)
        if page.next is None:
            return found
        start = page.next


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_pages_of_a_list_are_full_and_the_last_is_not_empty(limit: int, newest_first: bool) -> None:
    dice = random.Random(limit)
    for _ in range(25):
        share = dice.choice([0, 0.1, 0.5, 0.9, 1])
        hidden = [dice.random() < share for _ in range(dice.randint(0, 70))]
        listed = [number for number, is_hidden in enumerate(hidden) if not is_hidden]
        pages = walk(table_of(hidden), limit, newest_first=newest_first)
        assert [number for page in pages for number in page] == (listed[::-1] if newest_first else listed)
        assert all(len(page) == limit for page in pages[:-1])
        assert pages[-1] or pages == [[]]


@pytest.mark.parametrize("behind", [0, 1, 20, 21, 60, 1000])
def test_a_full_page_before_hidden_items_only_has_no_next_position(behind: int) -> None:
    assert walk(table_of([False] * 20 + [True] * behind), 20) == [list(range(20))]


@pytest.mark.parametrize("count", [0, 19, 20, 21])
def test_a_page_without_hidden_items_is_one_query_of_one_item_more_than_the_limit(count: int) -> None:
    queries: list[int] = []
    table: Any = HookedTable(table_of([False] * count), lambda name, query: queries.append(query.limit))
    query_page(table, Query(pk="P", limit=20), number_of)
    assert queries == [21]


def test_nothing_is_looked_up_behind_the_entry_that_shows_that_there_are_more() -> None:
    looked_up: list[list[int]] = []

    def entries_of(items: list[Item]) -> list[int | None]:
        looked_up.append([int(item["sk"]) for item in items])
        return list(map(number_of, items))

    table = table_of([False, True] + [False] * 60)
    page = query_page_by_parts(table, Query(pk="P", limit=2), entries_of)
    assert (page.items, looked_up) == ([0, 2], [[0, 1, 2], [3]])


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (100, 1), (101, 2)])
def test_items_are_read_by_a_hundred(count: int, requests: int) -> None:
    sizes: list[int] = []
    table: Any = HookedTable(table_of([False] * count), lambda name, keys, **_: sizes.append(len(keys)))
    keys = [Key("P", f"{number:05}") for number in range(count)]
    assert list(get_all(table, keys)) == keys
    assert (len(sizes), sum(sizes)) == (requests, count)


def test_a_page_reads_a_bounded_number_of_hidden_items_and_the_walk_is_complete() -> None:
    queries: list[int] = []
    table: Any = HookedTable(table_of([True] * 4000 + [False] * 3), lambda name, query: queries.append(query.limit))
    page = query_page(table, Query(pk="P", limit=20), number_of)
    assert (page.items, sum(queries)) == ([], 1515)
    assert [number for page in walk(table, 20) for number in page] == [4000, 4001, 4002]
