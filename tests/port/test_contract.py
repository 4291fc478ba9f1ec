"""Each method and each error of the table's port, on three backends."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from services.shared.table.items import ABSENT, PRESENT, Attr, Check, Delete, Item, Key, Put, Update
from services.shared.table.port import ConditionFailed, Reserved, SequenceBlockFull, SequenceBlockMissing, Table, Write
from tests.support.backends import Backend, canonical

KEY, OTHER, THIRD = Key("P#1", "A"), Key("P#1", "B"), Key("P#2", "A")
BIG = 10**38 - 1
ITEM: Item = {
    **KEY.attributes(),
    "number": 5,
    "text": "m",
    "yes": True,
    "nothing": None,
    "empty": "",
    "list": [1, "a", [True, None]],
    "map": {"name": {"deep": "圈"}},
    "status": "reserved word",
    "a-b": "needs a placeholder",
}


def item_at(key: Key, **attributes: Any) -> Item:
    return {**key.attributes(), **attributes}


def token() -> str:
    """A token that no other transaction of the AWS account has."""
    return uuid.uuid4().hex


# get, put, delete


def test_an_item_is_returned_with_the_same_types(table: Table) -> None:
    table.put(ITEM, when=None)
    assert canonical(table.get(KEY)) == canonical(table.get(KEY, consistent_read=True)) == canonical(ITEM)
    assert table.get(OTHER) is None


def test_several_items_are_returned_by_key_without_those_that_do_not_exist(table: Table) -> None:
    table.put(ITEM, when=None)
    table.put(item_at(THIRD, n=1), when=None)
    for consistent_read in (False, True):
        items = table.get_many([THIRD, OTHER, KEY], consistent_read=consistent_read)
        assert {*items} == {KEY, THIRD}
        assert (canonical(items[KEY]), items[THIRD]) == (canonical(ITEM), item_at(THIRD, n=1))
    assert table.get_many([OTHER]) == {}


def test_a_hundred_items_in_one_read(table: Table) -> None:
    keys = [Key("P#3", f"{number}") for number in range(100)]
    for key in keys[::2]:
        table.put(item_at(key, list=[1]), when=None)
    items = table.get_many(keys)
    assert items == {key: item_at(key, list=[1]) for key in keys[::2]}
    items[keys[0]]["list"].append(2)
    assert table.get(keys[0]) == item_at(keys[0], list=[1])


@pytest.mark.parametrize("value", [BIG, -BIG, 10**37, int("1234567890" * 3 + "12345678"), 0, True, "", [], {}, "\U0001f600"])
def test_extreme_values_are_returned_unchanged(table: Table, value: Any) -> None:
    table.put(item_at(KEY, value=value), when=None)
    assert canonical(table.get(KEY)) == canonical(item_at(KEY, value=value))


def test_a_table_copies_the_items_it_gets_and_returns(table: Table) -> None:
    item = item_at(KEY, list=[1])
    table.put(item, when=None)
    item["list"].append(2)
    read = table.get(KEY)
    assert read == item_at(KEY, list=[1])
    read["list"].append(3)
    assert table.get(KEY) == item_at(KEY, list=[1])
    table.update(KEY, set={"list": item["list"]}, when=None)["list"].append(4)
    table.transact([Put(item_at(OTHER, list=item["list"]), None)], token=token())
    item["list"].append(5)
    assert table.get(KEY) == item_at(KEY, list=[1, 2])
    assert table.get(OTHER) == item_at(OTHER, list=[1, 2])


def test_a_put_replaces_the_whole_item(table: Table) -> None:
    table.put(item_at(KEY, a=1, b=2), when=ABSENT)
    table.put(item_at(KEY, c=3), when=Attr("a").eq(1))
    assert table.get(KEY) == item_at(KEY, c=3)


def test_a_failed_put_returns_the_stored_item(table: Table) -> None:
    table.put(ITEM, when=None)
    with pytest.raises(ConditionFailed) as failed:
        table.put(item_at(KEY), when=ABSENT)
    assert canonical(failed.value.old) == canonical(ITEM)
    with pytest.raises(ConditionFailed) as failed:
        table.put(item_at(OTHER), when=PRESENT)
    assert failed.value.old is None
    assert table.get(KEY) == ITEM
    assert table.get(OTHER) is None


def test_delete(table: Table) -> None:
    table.delete(KEY, when=None)
    with pytest.raises(ConditionFailed) as failed:
        table.delete(KEY, when=PRESENT)
    assert failed.value.old is None
    table.put(item_at(KEY, n=1), when=None)
    with pytest.raises(ConditionFailed) as failed:
        table.delete(KEY, when=Attr("n").eq(2))
    assert failed.value.old == table.get(KEY) == item_at(KEY, n=1)
    table.delete(KEY, when=Attr("n").eq(1))
    assert table.get(KEY) is None


# update


def test_update_sets_adds_and_removes_and_returns_the_new_item(table: Table) -> None:
    table.put(item_at(KEY, a=1, b="b", status=4, removed=True), when=None)
    added, removed = {"status": 3, "fresh": -2}, ["removed", "never"]
    new = table.update(KEY, when=PRESENT, set={"b": [1], "name": None}, add=added, remove=removed)
    assert new == table.get(KEY) == item_at(KEY, a=1, b=[1], name=None, status=7, fresh=-2)


def test_update_creates_an_item_that_does_not_exist(table: Table) -> None:
    assert table.update(KEY, add={"n": 1}, when=ABSENT) == table.get(KEY) == item_at(KEY, n=1)
    assert table.update(OTHER, remove=["n"], when=None) == table.get(OTHER) == item_at(OTHER)


def test_a_failed_update_changes_nothing_and_returns_the_stored_item(table: Table) -> None:
    table.put(item_at(KEY, n=1), when=None)
    with pytest.raises(ConditionFailed) as failed:
        table.update(KEY, set={"n": 2}, when=Attr("n").gt(1))
    assert failed.value.old == table.get(KEY) == item_at(KEY, n=1)
    with pytest.raises(ConditionFailed) as failed:
        table.update(OTHER, set={"n": 2}, when=PRESENT)
    assert failed.value.old is None
    assert table.get(OTHER) is None


def test_integers_of_38_digits_are_added_exactly(table: Table, backend: Backend) -> None:
    if backend.name == "ministack":
        pytest.skip("MiniStack adds with 28 digits and rounds the others")
    table.put(item_at(KEY, n=BIG - 1), when=None)
    assert table.update(KEY, add={"n": 1}, when=Attr("n").eq(BIG - 1))["n"] == BIG
    assert table.update(KEY, add={"n": -BIG}, when=Attr("n").gt(BIG - 1))["n"] == 0


# transact


def test_a_transaction_of_every_kind_of_write(table: Table) -> None:
    table.put(item_at(KEY, n=1), when=None)
    table.put(item_at(OTHER, n=1, removed=1), when=None)
    table.put(item_at(THIRD), when=None)
    fresh = Key("P#3", "A")
    writes: list[Write] = [
        Put(item_at(fresh, a="b"), ABSENT),
        Update(OTHER, Attr("n").eq(1), set={"s": "t"}, add={"n": 2}, remove=("removed",)),
        Delete(THIRD, PRESENT),
        Check(KEY, Attr("n").eq(1)),
    ]
    table.transact(writes, token=token())
    items = [table.get(key) for key in (fresh, OTHER, THIRD, KEY)]
    assert items == [item_at(fresh, a="b"), item_at(OTHER, n=3, s="t"), None, item_at(KEY, n=1)]


@pytest.mark.parametrize("failing", [0, 1, 2, 3])
def test_a_failed_transaction_changes_nothing_and_returns_the_first_failed_write(table: Table, failing: int) -> None:
    keys = [Key("P", letter) for letter in "abcd"]
    for key in keys:
        table.put(item_at(key, n=1), when=None)
    whens = [Attr("n").eq(2 if index >= failing else 1) for index in range(4)]
    writes: list[Write] = [
        Put(item_at(keys[0], n=9), whens[0]),
        Update(keys[1], whens[1], add={"n": 1}),
        Delete(keys[2], whens[2]),
        Check(keys[3], whens[3]),
    ]
    with pytest.raises(ConditionFailed) as failed:
        table.transact(writes, token=token())
    assert (failed.value.index, failed.value.old) == (failing, item_at(keys[failing], n=1))
    assert [table.get(key) for key in keys] == [item_at(key, n=1) for key in keys]


def test_a_failed_transaction_returns_none_for_an_item_that_does_not_exist(table: Table) -> None:
    with pytest.raises(ConditionFailed) as failed:
        table.transact([Put(item_at(KEY), ABSENT), Check(OTHER, PRESENT)], token=token())
    assert (failed.value.index, failed.value.old) == (1, None)
    assert table.get(KEY) is None


def test_a_hundred_writes_in_one_transaction(table: Table) -> None:
    keys = [Key("P", f"{number:03}") for number in range(100)]
    table.transact([Put(item_at(key), ABSENT) for key in keys], token="t" * 4 + token())
    assert [table.get(keys[0]), table.get(keys[99])] == [item_at(keys[0]), item_at(keys[99])]


def test_a_repeated_transaction_is_applied_once(table: Table, backend: Backend) -> None:
    if backend.name == "moto":
        pytest.skip("moto ignores ClientRequestToken")
    writes: list[Write] = [Update(KEY, None, add={"n": 1}), Put(item_at(OTHER), ABSENT)]
    again, another = token(), token()
    table.transact(writes, token=again)
    table.transact(tuple(writes), token=again)
    assert table.get(KEY) == item_at(KEY, n=1)
    table.transact([Update(KEY, None, add={"n": 1})], token=another)
    assert table.get(KEY) == item_at(KEY, n=2)
    with pytest.raises(ValueError, match="other writes"):
        table.transact([Update(KEY, None, add={"n": 2})], token=again)
    assert table.get(KEY) == item_at(KEY, n=2)


def test_the_token_of_a_failed_transaction_can_be_used_again(table: Table) -> None:
    writes, free = [Put(item_at(KEY, n=2), PRESENT)], token()
    with pytest.raises(ConditionFailed):
        table.transact(writes, token=free)
    table.put(item_at(KEY, n=1), when=None)
    table.transact(writes, token=free)
    assert table.get(KEY) == item_at(KEY, n=2)


# reserve


def reserve_number(table: Table, token: str, *, create_block: bool = True, at: int = 1, earlier_at: int = 0) -> Reserved:
    return table.reserve(KEY, token=token, first=101, size=3, create_block=create_block, at=at, earlier_at=earlier_at)


def test_reserve_creates_a_block_counts_and_repeats_until_it_is_full(table: Table) -> None:
    odd = "c.with [odd] #name"
    assert reserve_number(table, "a", at=10, earlier_at=5) == Reserved(101, fresh=True, earlier_at=5)
    assert reserve_number(table, "b", create_block=False, at=20, earlier_at=6) == Reserved(102, fresh=True, earlier_at=10)
    assert reserve_number(table, "a", create_block=False, at=30) == Reserved(101, fresh=False, earlier_at=10)
    assert reserve_number(table, odd, at=40) == Reserved(103, fresh=True, earlier_at=20)
    for create_block in (True, False):
        with pytest.raises(SequenceBlockFull) as full:
            reserve_number(table, "d", create_block=create_block, at=50)
        assert full.value.reserved_at == 40
    assert reserve_number(table, odd, at=60) == Reserved(103, fresh=False, earlier_at=20)
    times = {"earlier_at": 20, "reserved_at": 40}
    assert table.get(KEY) == item_at(KEY, first=101, last=103, t_a=101, t_b=102, **{f"t_{odd}": 103}, **times)


def test_the_first_reservation_of_a_block_without_a_time_has_the_time_of_the_caller(table: Table) -> None:
    table.put(item_at(KEY, first=101, last=100), when=None)
    assert reserve_number(table, "a", create_block=False, at=10, earlier_at=7) == Reserved(101, fresh=True, earlier_at=7)
    assert reserve_number(table, "b", create_block=False, at=11, earlier_at=7) == Reserved(102, fresh=True, earlier_at=10)


def test_reserve_creates_a_block_only_on_request(table: Table) -> None:
    with pytest.raises(SequenceBlockMissing):
        reserve_number(table, "a", create_block=False)
    assert table.get(KEY) is None
    reserved = table.reserve(KEY, token="a", first=0, size=1, create_block=True, at=1, earlier_at=0)
    assert reserved == Reserved(0, fresh=True, earlier_at=0)
