"""Queries of each table: ranges, order, pages, indexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.templates import resources
from services.shared.kernel.pages import Position
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from simulation.memory import PROJECTIONS

# In the order of UTF-8, where an emoji sorts after U+FFFD; in the order of UTF-16 it sorts before.
SORTED = ["A", "A#1", "A#10", "A#2", "B", "a", "~", "é", "圈", "\ufffd", "\U0001f600"]


@pytest.fixture
def full(table: Table) -> Table:
    for sk in reversed(SORTED):
        table.put({"pk": "P", "sk": sk, "n": len(sk)}, when=None)
    for pk in ("O", "P#", "Q"):
        table.put({"pk": pk, "sk": "A"}, when=None)
    return table


def sks(table: Table, query: Query) -> list[str]:
    return [item["sk"] for item in table.query(query).items]


def pages(table: Table, **query: Any) -> Iterator[list[Item]]:
    """The pages of a query. The last one can be empty if a table stops at its limit."""
    start: Position | None = None
    for _ in range(50):
        page = table.query(Query(start=start, **query))
        yield page.items
        start = page.next
        if start is None:
            return
    raise AssertionError("the pages of a query do not end")


RANGES = {
    "all": ({}, SORTED),
    "prefix": ({"prefix": "A#"}, ["A#1", "A#10", "A#2"]),
    "prefix of one": ({"prefix": "\U0001f600"}, ["\U0001f600"]),
    "prefix of none": ({"prefix": "A#3"}, []),
    "from": ({"first": "a"}, ["a", "~", "é", "圈", "\ufffd", "\U0001f600"]),
    "up to": ({"last": "A#10"}, ["A", "A#1", "A#10"]),
    "between": ({"first": "A#10", "last": "a"}, ["A#10", "A#2", "B", "a"]),
    "between keys that do not exist": ({"first": "A#11", "last": "Z"}, ["A#2", "B"]),
    "one": ({"first": "B", "last": "B"}, ["B"]),
    "above UTF-16's order": ({"first": "\ufffd"}, ["\ufffd", "\U0001f600"]),
}


@pytest.mark.parametrize(("bounds", "expected"), RANGES.values(), ids=RANGES)
def test_a_range_in_both_directions(full: Table, bounds: dict[str, Any], expected: list[str]) -> None:
    for consistent_read in (False, True):
        assert sks(full, Query("P", 50, consistent_read=consistent_read, **bounds)) == expected
    assert sks(full, Query("P", 50, newest_first=True, **bounds)) == expected[::-1]


def test_a_limit_counts_from_the_start_of_its_direction(full: Table) -> None:
    assert sks(full, Query("P", 2, prefix="A#")) == ["A#1", "A#10"]
    assert sks(full, Query("P", 2, prefix="A#", newest_first=True)) == ["A#2", "A#10"]


def test_an_empty_partition_has_no_next_page(full: Table) -> None:
    page = full.query(Query("empty", 5))
    assert (page.items, page.next) == ([], None)


@pytest.mark.parametrize("limit", [1, 2, 4, len(SORTED), 50])
@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_join_to_the_whole_range(full: Table, limit: int, newest_first: bool) -> None:
    for bounds, expected in (RANGES["all"], RANGES["prefix"], RANGES["between"]):
        joined = list(pages(full, pk="P", limit=limit, newest_first=newest_first, **bounds))
        assert all(len(page) == limit for page in joined[:-1])
        assert [item["sk"] for page in joined for item in page] == (expected[::-1] if newest_first else expected)


def test_a_page_continues_after_its_start_was_deleted(full: Table) -> None:
    page = full.query(Query("P", 3))
    assert page.next == {"pk": "P", "sk": "A#10"}
    full.delete(Key("P", "A#10"), when=None)
    full.put({"pk": "P", "sk": "A#0"}, when=None)
    full.put({"pk": "P", "sk": "A#11"}, when=None)
    assert sks(full, Query("P", 2, start=page.next)) == ["A#11", "A#2"]
    assert sks(full, Query("P", 9, start=page.next, newest_first=True)) == ["A#1", "A#0", "A"]


def test_a_page_ends_at_a_megabyte(table: Table) -> None:
    for number in range(4):
        table.put({"pk": "P", "sk": str(number), "text": "x" * 390_000}, when=None)
    assert [len(page) for page in pages(table, pk="P", limit=10)] == [2, 2]


# indexes


def entry(number: int, sk: str, **more: object) -> Item:
    return {"pk": f"P#{number}", "sk": "S", "gsi1pk": "ONE", "gsi1sk": sk, "gsi2pk": "TWO", "gsi2sk": sk, **more}


def test_an_index_contains_the_items_with_both_its_keys_in_its_order(table: Table) -> None:
    for number, sk in enumerate(["c", "a", "\U0001f600", "b", "\ufffd"]):
        table.put(entry(number, sk), when=None)
    table.put({"pk": "half", "sk": "S", "gsi1pk": "ONE"}, when=None)
    table.put({"pk": "other", "sk": "S", "gsi1pk": "OTHER", "gsi1sk": "a"}, when=None)
    items = table.query(Query("ONE", 9, index="gsi1")).items
    assert [item["gsi1sk"] for item in items] == ["a", "b", "c", "\ufffd", "\U0001f600"]
    assert [item["pk"] for item in table.query(Query("ONE", 2, index="gsi1", newest_first=True)).items] == ["P#2", "P#4"]
    assert [item["pk"] for item in table.query(Query("ONE", 9, index="gsi1", first="b", last="c")).items] == ["P#3", "P#0"]


def test_an_index_returns_only_its_projected_attributes(table: Table) -> None:
    projected = {"state": "claimed", "circle_name": "圈", "lease_until": 5}
    table.put(entry(1, "a", outbox="SeatGranted:1", content={"a": 1}, **projected), when=None)
    keys = {"pk": "P#1", "sk": "S"}
    assert table.query(Query("ONE", 9, index="gsi1")).items == [{**keys, "gsi1pk": "ONE", "gsi1sk": "a"}]
    assert table.query(Query("TWO", 9, index="gsi2")).items == [{**keys, "gsi2pk": "TWO", "gsi2sk": "a", **projected}]


def test_memory_and_templates_have_the_same_indexes() -> None:
    """An index in memory has the attributes of all services: no service has items with those of another."""
    projected: dict[str, set[str]] = {name: set() for name in PROJECTIONS}
    for service in ("review", "circles", "commerce"):
        (declared,) = resources(service, "DynamoDB::Table").values()
        for index in declared["GlobalSecondaryIndexes"]:
            projected[index["IndexName"]].update(index["Projection"].get("NonKeyAttributes", ()))
            assert index["Projection"]["ProjectionType"] in {"KEYS_ONLY", "INCLUDE"}
            assert [part["AttributeName"] for part in index["KeySchema"]] == list(Query("-", 1, index=index["IndexName"]).keys)
    assert projected == {name: set(attributes) for name, attributes in PROJECTIONS.items()}


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_pages_of_an_index_join_to_the_whole_index(table: Table, limit: int, newest_first: bool) -> None:
    for number in range(6):
        table.put(entry(number, str(number // 2)), when=None)
    joined = list(pages(table, pk="TWO", limit=limit, index="gsi2", newest_first=newest_first))
    entries = [(item["gsi2sk"], item["pk"]) for page in joined for item in page]
    assert sorted(entries) == [(str(number // 2), f"P#{number}") for number in range(6)]
    assert [sk for sk, _ in entries] == sorted((sk for sk, _ in entries), reverse=newest_first)


def test_the_next_page_of_an_index_starts_at_all_its_keys(table: Table) -> None:
    for number in range(2):
        table.put(entry(number, str(number)), when=None)
    page = table.query(Query("ONE", 1, index="gsi1"))
    assert page.next == {"pk": "P#0", "sk": "S", "gsi1pk": "ONE", "gsi1sk": "0"}


def test_an_index_changes_with_its_items(table: Table) -> None:
    table.put(entry(1, "a"), when=None)
    table.update(Key("P#1", "S"), set={"gsi1sk": "b", "gsi2pk": "NEW"}, when=None)
    assert [item["gsi1sk"] for item in table.query(Query("ONE", 9, index="gsi1")).items] == ["b"]
    assert table.query(Query("TWO", 9, index="gsi2")).items == []
    assert len(table.query(Query("NEW", 9, index="gsi2")).items) == 1
    table.update(Key("P#1", "S"), remove=["gsi1sk"], when=None)
    assert table.query(Query("ONE", 9, index="gsi1")).items == []
    table.delete(Key("P#1", "S"), when=None)
    assert table.query(Query("NEW", 9, index="gsi2")).items == []


def test_an_unknown_index_is_an_error(table: Table) -> None:
    with pytest.raises((ValueError, ClientError), match="index"):
        table.query(Query("ONE", 1, index="gsi9"))
