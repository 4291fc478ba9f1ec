"""Invalid calls, detected by each adapter before a request, or by the table itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.shared.table.items import PRESENT, AllOf, AnyOf, Attr, Check, Condition, Delete, Key, Put, Query, Update
from services.shared.table.port import Table
from services.shared.table.validation import MAX_ITEM_BYTES, item_size
from tests.port.test_contract import KEY, OTHER, item_at, token
from tests.support.backends import Backend

INVALID = (ValueError, TypeError)
Call = Callable[[Table], object]


def put(**attributes: Any) -> Call:
    return lambda table: table.put(item_at(KEY, **attributes), when=None)


def transact(*writes: Any) -> Call:
    return lambda table: table.transact(writes, token=token())


def update(**changes: Any) -> Call:
    return lambda table: table.update(KEY, when=None, **changes)


def query(*, at: str = "P", **how: Any) -> Call:
    return lambda table: table.query(Query(at, 5, **how))


def reserve(**how: Any) -> Call:
    usual: dict[str, Any] = {"token": "a", "first": 0, "size": 2, "create_block": True, "at": 1, "earlier_at": 0}
    return lambda table: table.reserve(**{"key": KEY, **usual, **how})


def where(condition: Condition) -> Call:
    """The same condition in each call that has one."""

    def everywhere(table: Table) -> None:
        for call in (
            lambda: table.put(item_at(KEY), when=condition),
            lambda: table.update(KEY, set={"n": 1}, when=condition),
            lambda: table.delete(KEY, when=condition),
        ):
            with pytest.raises(INVALID):
                call()
        table.transact([Check(KEY, PRESENT | condition)], token=token())

    return everywhere


ODD: Any = 1.5
CALLS: dict[str, Call] = {
    "a float": put(n=1.5),
    "a float deep down": put(a=[{"b": [0.5]}]),
    "bytes": put(b=b"1"),
    "a set": put(s={"a"}),
    "a tuple": put(s=("a",)),
    "a key of a map that is no text": put(m={1: "a"}),
    "39 digits": put(n=10**38),
    "39 digits below zero": put(n=[-(10**38)]),
    "an attribute without a name": put(**{"": 1}),
    "an item without keys": lambda table: table.put({"pk": "P"}, when=None),
    "an empty key": lambda table: table.put({"pk": "P", "sk": ""}, when=None),
    "a number for a key": lambda table: table.put({"pk": 1, "sk": "S"}, when=None),
    "a long pk": lambda table: table.get(Key("P" * 2049, "S")),
    "a long sk in UTF-8": lambda table: table.get(Key("P", "圈" * 342)),
    "no keys": lambda table: table.get_many([]),
    "101 keys": lambda table: table.get_many([Key("P", str(number)) for number in range(101)]),
    "a key twice": lambda table: table.get_many([KEY, KEY]),
    "an empty key among others": lambda table: table.get_many([KEY, Key("P", "")]),
    "an empty pk to get": lambda table: table.get(Key("", "S")),
    "an empty sk to delete": lambda table: table.delete(Key("P", ""), when=None),
    "an empty index key": put(gsi1pk=""),
    "a number for an index key": put(gsi2sk=5),
    "an update that empties an index key": update(set={"gsi1sk": ""}),
    "an update that adds to an index key": update(add={"gsi1sk": 1}),
    "an update without changes": update(),
    "an update of pk": update(set={"pk": "Q"}),
    "an update of sk": update(remove=["sk"]),
    "an attribute set and removed": update(set={"a": 1}, remove=["a"]),
    "an attribute set and added": update(set={"a": 1}, add={"a": 1}),
    "an attribute removed twice": update(remove=["a", "a"]),
    "a nested name set": update(set={"a.b": 1}),
    "an element set": update(set={"a[0]": 1}),
    "a nested name added": update(add={"a.b": 1}),
    "a nested name removed": update(remove=["a.b"]),
    "a float set": update(set={"a": 1.5}),
    "a float added": update(add={"a": ODD}),
    "a bool added": update(add={"a": True}),
    "text added": update(add={"a": "1"}),
    "a transaction without writes": transact(),
    "101 writes": transact(*(Delete(Key("P", str(number)), None) for number in range(101))),
    "an item twice in a transaction": transact(Put(item_at(KEY), None), Check(KEY, PRESENT)),
    "a float in a transaction": transact(Put(item_at(OTHER), None), Put(item_at(KEY, n=1.5), None)),
    "an empty update in a transaction": transact(Put(item_at(OTHER), None), Update(KEY, None)),
    "an empty key in a transaction": transact(Put(item_at(OTHER), None), Delete(Key("P", ""), None)),
    "a float in a transaction that would fail": transact(Check(OTHER, PRESENT), Put(item_at(KEY, n=1.5), None)),
    "an empty token": lambda table: table.transact([Put(item_at(KEY), None)], token=""),
    "a long token": lambda table: table.transact([Put(item_at(KEY), None)], token="t" * 37),
    "a query without a partition": query(at=""),
    "an empty prefix": query(prefix=""),
    "an empty bound": query(first=""),
    "bounds in the wrong order": query(first="b", last="a"),
    "a start of another partition": query(start={"pk": "Q", "sk": "a"}),
    "a start outside the range": query(prefix="a", start={"pk": "P", "sk": "b"}),
    "a start of the table for an index": query(index="gsi1", start={"pk": "P", "sk": "a"}),
    "a number without a token": reserve(token=""),
    "a block without numbers": reserve(size=0),
    "a block that starts at a float": reserve(first=ODD),
    "a reservation at a float": reserve(at=ODD),
    "a reservation after a text": reserve(earlier_at="0"),
    "a block without a key": reserve(key=Key("P", "")),
    "a nested name": where(Attr("map.name").exists()),
    "an element": where(Attr("list[0]").eq(1)),
    "a name of nothing": where(Attr("").not_exists()),
    "a float to compare": where(Attr("n").eq(ODD)),
    "None to compare": where(Attr("n").ne(None)),  # type: ignore[arg-type]
    "a list to compare": where(Attr("n").eq([1])),  # type: ignore[arg-type]
    "39 digits to compare": where(Attr("n").lt(10**38)),
    "an order of bools": where(Attr("n").lt(True)),
    "an order of bools between": where(Attr("n").between(False, True)),
    "bounds of two types": where(Attr("n").between(1, "a")),
    "condition bounds in the wrong order": where(Attr("n").between(2, 1)),
    "in nothing": where(Attr("n").is_in()),
    "in too much": where(Attr("n").is_in(*range(101))),
    "in floats": where(Attr("n").is_in(1, ODD)),
    "a prefix that is no text": where(Attr("n").begins_with(5)),  # type: ignore[arg-type]
    "all of nothing": where(AllOf(())),
    "any of nothing": where(AnyOf(())),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_an_invalid_call_is_an_error_and_changes_nothing(table: Table, backend: Backend, call: Call) -> None:
    before = item_at(KEY, n=1)
    table.put(before, when=None)
    with pytest.raises(INVALID):
        call(table)
    assert backend.dump(table) == [before]


def test_an_invalid_query_is_an_error() -> None:
    invalid: list[dict[str, Any]] = [
        {"limit": 0},
        {"prefix": "a", "first": "a"},
        {"prefix": "a", "last": "a"},
        {"index": "gsi1", "consistent_read": True},
    ]
    for how in invalid:
        with pytest.raises(ValueError, match=r"quer|index"):
            Query("P", **{"limit": 1, **how})


def test_an_item_can_have_400_kb_and_no_byte_more(table: Table, backend: Backend) -> None:
    if backend.name == "moto":
        pytest.skip("moto counts the bytes of an item's JSON")
    room = MAX_ITEM_BYTES - item_size(item_at(KEY, text="", map={"a": [1, None]}))
    full = item_at(KEY, text="x" * room, map={"a": [1, None]})
    table.put(full, when=None)
    with pytest.raises(ValueError, match="400 KB"):
        table.put({**full, "text": "x" * (room + 1)}, when=None)
    with pytest.raises(ValueError, match="400 KB"):
        table.transact([Put({**full, "text": "圈" * room}, None)], token=token())
    assert backend.dump(table) == [full]


# Errors that depend on the stored item: defects as well, but the adapter raises the error of the table.

FAILURES = (ValueError, ClientError)
FROM: dict[str, Any] = {"text": "a", "yes": True, "list": [1], "nothing": None}


@pytest.mark.parametrize("name", FROM)
def test_an_update_adds_only_to_numbers(table: Table, backend: Backend, name: str) -> None:
    table.put(item_at(KEY, **FROM), when=None)
    with pytest.raises(FAILURES):
        table.update(KEY, add={name: 1}, when=None)
    with pytest.raises(FAILURES):
        table.transact([Put(item_at(OTHER), None), Update(KEY, None, add={name: 1})], token=token())
    assert backend.dump(table) == [item_at(KEY, **FROM)]


def test_an_update_cannot_make_an_item_larger_than_400_kb(table: Table, backend: Backend) -> None:
    full = item_at(KEY, text="x" * 300_000)
    table.put(full, when=None)
    with pytest.raises(FAILURES):
        table.update(KEY, set={"more": "x" * 120_000}, when=None)
    with pytest.raises(FAILURES):
        table.transact([Put(item_at(OTHER), None), Update(KEY, None, set={"more": "x" * 120_000})], token=token())
    assert backend.dump(table) == [full]


def test_a_sum_of_39_digits_is_an_error(table: Table, backend: Backend) -> None:
    if backend.name != "memory":
        pytest.skip("moto stores 39 digits; MiniStack adds with 28 and rounds the others")
    table.put(item_at(KEY, n=10**38 - 1), when=None)
    with pytest.raises(FAILURES):
        table.update(KEY, add={"n": 1}, when=None)
    assert backend.dump(table) == [item_at(KEY, n=10**38 - 1)]
