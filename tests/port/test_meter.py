"""The meter of read and write units compared with figures computed by hand from the rules of AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.shared.table.items import ABSENT, PRESENT, Attr, Check, Delete, Item, Key, Put, Query, Update
from services.shared.table.port import ConditionFailed, SequenceBlockFull, SequenceBlockMissing, Write
from simulation.meter import Call, MeteredTable

KEY, OTHER = Key("P", "A"), Key("P", "B")
KB = 1024


def sized(size: int, key: Key = KEY, /, **more: str) -> Item:
    """An item of exactly this size: `pk` and `sk` with one letter each have 6 bytes, the name `t` has 1."""
    return {**key.attributes(), **more, "t": "x" * (size - 7 - sum(len(name) + len(value) for name, value in more.items()))}


INDEXED = {"gsi1pk": "U", "gsi1sk": "1"}


def fill(*items: Item) -> MeteredTable:
    meter = MeteredTable()
    for item in items:
        meter.table.put(item, when=None)
    return meter


def cost(
    meter: MeteredTable, call: Callable[[MeteredTable], Any], raises: type[Exception] | None = None
) -> tuple[float, float]:
    """Write and read units of one call, which is one request."""
    with meter.measure() as measured:
        if raises:
            with pytest.raises(raises):
                call(meter)
        else:
            call(meter)
    assert measured.requests == 1
    return measured.writes, measured.reads


@pytest.mark.parametrize(
    ("size", "consistent_read", "units"),
    [(100, False, 0.5), (4 * KB, False, 0.5), (4 * KB + 1, False, 1), (100, True, 1), (4 * KB, True, 1), (8 * KB + 1, True, 3)],
)
def test_a_get(size: int, consistent_read: bool, units: float) -> None:
    assert cost(fill(sized(size)), lambda table: table.get(KEY, consistent_read=consistent_read)) == (0, units)


def test_a_get_of_nothing() -> None:
    assert cost(fill(), lambda table: table.get(KEY)) == (0, 0.5)
    assert cost(fill(), lambda table: table.get(KEY, consistent_read=True)) == (0, 1)


def test_a_read_of_several_items_rounds_each() -> None:
    meter = fill(sized(100), sized(4 * KB + 1, OTHER))
    keys = [KEY, OTHER, Key("P", "nothing")]
    assert cost(meter, lambda table: table.get_many(keys)) == (0, 0.5 + 1 + 0.5)
    assert cost(meter, lambda table: table.get_many(keys, consistent_read=True)) == (0, 1 + 2 + 1)


def test_a_query_rounds_the_sum_of_its_items() -> None:
    meter = fill(*(sized(KB, Key("P", f"{number}")) for number in range(9)))
    assert cost(meter, lambda table: table.query(Query("P", 50))) == (0, 1.5)
    assert cost(meter, lambda table: table.query(Query("P", 50, consistent_read=True))) == (0, 3)
    assert cost(meter, lambda table: table.query(Query("P", 4, consistent_read=True))) == (0, 1)
    assert cost(meter, lambda table: table.query(Query("empty", 4))) == (0, 0.5)


def test_a_query_of_an_index_reads_its_entries_only() -> None:
    meter = fill(sized(9 * KB, **INDEXED))
    assert cost(meter, lambda table: table.query(Query("U", 50, index="gsi1"))) == (0, 0.5)


@pytest.mark.parametrize(
    ("before", "after", "units"), [(0, KB, 1), (0, KB + 1, 2), (3 * KB, 10, 3), (10, 3 * KB, 3), (10, 10, 1)]
)
def test_a_write_is_billed_by_the_larger_of_both_items(before: int, after: int, units: int) -> None:
    def old() -> MeteredTable:
        return fill(sized(before)) if before else fill()

    assert cost(old(), lambda table: table.put(sized(after), when=None)) == (units, 0)
    assert cost(old(), lambda table: table.update(KEY, set={"t": sized(after)["t"]}, when=None)) == (units, 0)


def test_a_delete_is_billed_by_the_deleted_item() -> None:
    assert cost(fill(sized(2 * KB + 1)), lambda table: table.delete(KEY, when=PRESENT)) == (3, 0)
    assert cost(fill(), lambda table: table.delete(KEY, when=None)) == (1, 0)


def test_a_false_condition_is_billed_by_the_stored_item() -> None:
    meter = fill(sized(2 * KB + 1, **INDEXED))
    assert cost(meter, lambda table: table.put(sized(9 * KB), when=ABSENT), ConditionFailed) == (3, 0)
    assert cost(meter, lambda table: table.update(KEY, set={"n": 1}, when=Attr("n").eq(1)), ConditionFailed) == (3, 0)
    assert cost(fill(), lambda table: table.delete(KEY, when=PRESENT), ConditionFailed) == (1, 0)


GSI2 = {"gsi2pk": "Q", "gsi2sk": "1"}
CHANGES: dict[str, tuple[Item | None, Item | None, int]] = {
    "an entry is added": (sized(50), sized(100, **INDEXED), 1 + 1),
    "with its item": (None, sized(100, **INDEXED), 1 + 1),
    "in both indexes": (None, sized(100, **INDEXED, **GSI2), 1 + 2),
    "an entry is removed": (sized(100, **INDEXED), sized(50), 1 + 1),
    "with its item, from both": (sized(100, **INDEXED, **GSI2), None, 1 + 2),
    "half a key is no entry": (None, sized(100, gsi1pk="U"), 1),
    "an attribute that is not projected": (sized(100, **INDEXED), sized(2 * KB, **INDEXED), 2),
    "its sort key changes": (sized(100, **INDEXED), sized(100, gsi1pk="U", gsi1sk="2"), 1 + 2),
    "its partition key changes": (sized(100, **INDEXED), sized(100, gsi1pk="V", gsi1sk="1"), 1 + 2),
    "keys only": (sized(100, state="a", **INDEXED), sized(100, state="b", **INDEXED), 1),
    "a projected attribute": (sized(100, state="a", **GSI2), sized(100, state="b", **GSI2), 1 + 1),
    "a projected attribute is added": (sized(100, **GSI2), sized(100, state="b", **GSI2), 1 + 1),
    "by its own size": (sized(100, **GSI2), sized(5 * KB, circle_name="x" * 2 * KB, **GSI2), 5 + 3),
    "a new key is billed by both sizes": (
        sized(5 * KB, circle_name="x" * 2 * KB, **GSI2),
        sized(5 * KB, circle_name="x" * KB, gsi2pk="Q", gsi2sk="2"),
        5 + 3 + 2,
    ),
}


@pytest.mark.parametrize(("before", "after", "units"), CHANGES.values(), ids=CHANGES)
def test_index_entries_that_change_are_writes(before: Item | None, after: Item | None, units: int) -> None:
    meter, again = (fill(before) if before else fill() for _ in range(2))
    write = Put(after, None) if after else Delete(KEY, None)
    single = (lambda table: table.put(after, when=None)) if after else (lambda table: table.delete(KEY, when=None))
    assert cost(meter, single) == (units, 0)
    base = -(-max(len_of(before), len_of(after)) // KB)
    assert cost(again, lambda table: table.transact([write], token="t")) == (units + base, 0)


def len_of(item: Item | None) -> int:
    return sum(len(name) + len(value) for name, value in (item or {}).items())


def test_a_transaction_costs_twice_the_units_of_the_table() -> None:
    meter = fill(sized(100), sized(2 * KB, OTHER))
    third, fourth = Key("P", "C"), Key("P", "D")
    writes: list[Write] = [
        Put(sized(KB + 1), PRESENT),  # 2 * 2
        Update(OTHER, None, add={"n": 1}),  # 2 * 3
        Check(third, ABSENT),  # 2
        Delete(fourth, None),  # 2
    ]
    assert cost(meter, lambda table: table.transact(writes, token="t")) == (14, 0)


def test_a_check_is_billed_by_the_checked_item() -> None:
    assert cost(fill(sized(3 * KB)), lambda table: table.transact([Check(KEY, PRESENT)], token="t")) == (6, 0)


def test_a_failed_transaction_is_billed_by_the_stored_items() -> None:
    writes: list[Write] = [Put(sized(9 * KB), None), Check(OTHER, PRESENT)]
    meter = fill(sized(2 * KB))
    assert cost(meter, lambda table: table.transact(writes, token="t"), ConditionFailed) == (2 * 2 + 2, 0)
    meter.table.put(sized(10, OTHER), when=None)
    assert cost(meter, lambda table: table.transact(writes, token="t")) == (2 * 9 + 2, 0)


def test_a_repeated_transaction_is_billed_as_a_transactional_read() -> None:
    meter = fill()
    writes: list[Write] = [Put(sized(5 * KB), None), Put(sized(10, OTHER), None)]
    assert cost(meter, lambda table: table.transact(writes, token="t")) == (2 * 5 + 2, 0)
    assert cost(meter, lambda table: table.transact(writes, token="t")) == (0, 2 * 2 + 2)


def test_a_reserve_is_billed_as_an_update() -> None:
    meter = fill()

    def reserve_number(token: str, create_block: bool = True) -> Callable[[MeteredTable], Any]:
        return lambda table: table.reserve(KEY, token=token, first=1, size=2, create_block=create_block, at=1, earlier_at=0)

    assert cost(meter, reserve_number("a", create_block=False), SequenceBlockMissing) == (1, 0)
    assert cost(meter, reserve_number("a" * 1500)) == (2, 0)
    assert cost(meter, reserve_number("a" * 1500)) == (2, 0)
    assert cost(meter, reserve_number("b")) == (2, 0)
    assert cost(meter, reserve_number("c"), SequenceBlockFull) == (2, 0)


def test_numbers_are_counted_in_pairs_of_digits() -> None:
    spare = sized(KB - 4)  # with a name of 1 byte and a number of up to 4 digits it has at most 1 KB
    assert cost(fill(), lambda table: table.put({**spare, "n": 9999}, when=None)) == (1, 0)
    assert cost(fill(), lambda table: table.put({**spare, "n": -9999}, when=None)) == (2, 0)
    assert cost(fill(), lambda table: table.put({**spare, "n": 10001}, when=None)) == (2, 0)
    assert cost(fill(), lambda table: table.put({**spare, "n": 99990000}, when=None)) == (1, 0)
    assert cost(fill(), lambda table: table.put({**spare, "n": 99990}, when=None)) == (2, 0)
    assert cost(fill(), lambda table: table.put({**spare, "m": []}, when=None)) == (1, 0)
    assert cost(fill(), lambda table: table.put({**spare, "m": [None]}, when=None)) == (2, 0)


def test_a_measure_contains_the_calls_within_it() -> None:
    meter = fill(sized(10))
    meter.get(KEY)
    with meter.measure() as outer:
        meter.get(KEY, consistent_read=True)
        with meter.measure() as inner:
            meter.query(Query("U", 3, index="gsi1"))
            meter.transact([Put(sized(10), None), Check(OTHER, ABSENT)], token="t")
        meter.put(sized(10), when=None)
    assert inner.trace == [Call("query", "gsi1:U"), Call("transact", (KEY, OTHER))]
    assert outer.trace == [Call("get", KEY, consistent_read=True), *inner.trace, Call("put", KEY)]
    assert (outer.requests, outer.writes, outer.reads) == (4, 5, 1.5)
    assert str(inner) == "4 write units, 0.5 read units, 2 requests"
    assert meter.total.requests == 5
