"""Checks that both adapters of the table run before a request, so that both raise the same errors.

Each check raises ValueError or TypeError, which is a defect of ours: the caller of a route cannot cause it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from services.shared.table import items as t
from services.shared.table import port
from services.shared.table.items import Item, Key

MAX_ITEM_BYTES = 400 * 1024
MAX_TRANSACTION = 100
MAX_KEYS = 100  # of one BatchGetItem
MAX_INTEGER = 10**38 - 1
INDEX_KEY = re.compile(r"gsi\d+[ps]k")


def check_key(key: Key) -> None:
    """Check that keys are non-empty strings of at most 2048 (pk) and 1024 (sk) bytes."""
    if not isinstance(key.pk, str) or not 0 < _text_size(key.pk) <= 2048:
        raise ValueError("pk must be a string of 1 to 2048 bytes")
    if not isinstance(key.sk, str) or not 0 < _text_size(key.sk) <= 1024:
        raise ValueError("sk must be a string of 1 to 1024 bytes")


def check_keys(keys: Sequence[Key]) -> None:
    """Check the keys of one read of several items."""
    if not 0 < len(keys) <= MAX_KEYS or len(set(keys)) < len(keys):
        raise ValueError(f"a read of several items must have 1 to {MAX_KEYS} keys, each once")
    for key in keys:
        check_key(key)


def check_value(value: Any) -> None:
    if isinstance(value, str) or value is None or value is True or value is False:
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise ValueError("an integer must have at most 38 digits")
    elif isinstance(value, list):
        for part in value:
            check_value(part)
    elif isinstance(value, dict) and all(isinstance(name, str) and name for name in value):
        for part in value.values():
            check_value(part)
    else:
        raise TypeError(f"a value must be str, int, bool, None, list or dict with non-empty names, not {type(value).__name__}")


def check_item(item: Item) -> None:
    check_key(Key(item.get("pk", ""), item.get("sk", "")))
    for name, value in item.items():
        _check_attribute(name, value)
        if type(value) is not str:
            check_value(value)
    if item_size(item) > MAX_ITEM_BYTES:
        raise ValueError("an item must have at most 400 KB")


def _check_attribute(name: str, value: Any) -> None:
    if not isinstance(name, str) or not name:
        raise TypeError("an attribute must have a name that is a str")
    if name.startswith("gsi") and INDEX_KEY.fullmatch(name) and (not isinstance(value, str) or not value):
        raise ValueError(f"index key {name} must be a non-empty string")


def check_writes(writes: Sequence[port.Write], token: str = "-") -> None:
    """Check a transaction or a single write by the limits of DynamoDB, each with an error text of its own."""
    if not 0 < len(writes) <= MAX_TRANSACTION:
        raise ValueError(f"a transaction must have 1 to {MAX_TRANSACTION} writes")
    if not 0 < len(token) <= 36:
        raise ValueError("a transaction token must have 1 to 36 characters")
    for write in writes:
        if isinstance(write, t.Put):
            check_item(write.item)  # with its key
        else:
            check_key(write.key)
        check_condition(write.when)
        if isinstance(write, t.Update):
            _check_update(write)
    if len({write.key for write in writes}) < len(writes):
        raise ValueError("a transaction must write an item only once")


def _check_update(write: t.Update) -> None:
    names = [*write.set, *write.add, *write.remove]
    if not names:
        raise ValueError("an update must change something")
    if len(set(names)) < len(names) or {"pk", "sk"} & set(names):
        raise ValueError("an update must name an attribute only once, and never the key")
    for name in names:
        _check_name(name)
    for name, value in {**write.set, **write.add}.items():
        check_value(value)
        _check_attribute(name, value)
    if any(isinstance(amount, bool) or not isinstance(amount, int) for amount in write.add.values()):
        raise TypeError("an update must add integers only")


def _check_name(name: str) -> None:
    if not name or "." in name or "[" in name:
        raise ValueError("conditions and updates must use top-level names only")


def check_condition(condition: t.Condition | None) -> None:
    match condition:
        case None:
            return
        case t.AllOf(parts) | t.AnyOf(parts):
            if not parts:
                raise ValueError("a combined condition must have at least one part")
            for part in parts:
                check_condition(part)
        case _:
            _check_test(condition)


def _check_test(condition: t.Condition) -> None:
    match condition:
        case t.Exists(name) | t.NotExists(name):
            _check_name(name)
        case t.Compare(name, sign, value):
            _check_operands(name, value)
            _check_comparable(sign, value)
        case t.Between(name, low, high):
            _check_operands(name, low, high)
            _check_order(low, high)
        case t.In(name, values):
            _check_operands(name, *values)
            if not 0 < len(values) <= 100:
                raise ValueError("`is_in` must have 1 to 100 values")
        case t.BeginsWith(name, prefix):
            _check_operands(name, prefix)
            if not isinstance(prefix, str):
                raise TypeError("a prefix must be text")


def _check_comparable(sign: str, value: Any) -> None:
    if isinstance(value, bool) and sign not in {"=", "<>"}:
        raise TypeError("a bool can be compared for equality only")


def _check_operands(name: str, *values: Any) -> None:
    _check_name(name)
    for value in values:
        check_value(value)
        if not isinstance(value, str | int):
            raise TypeError("a condition must compare with str, int or bool")


def _check_order(low: Any, high: Any) -> None:
    kinds = {str if isinstance(bound, str) else type(bound) for bound in (low, high)}
    if kinds not in ({str}, {int}):
        raise TypeError("bounds must be two texts or two numbers")
    if low > high:
        raise ValueError("the upper bound must not be below the lower one")


def check_query(query: t.Query) -> None:
    """Check the bounds of a query by the limits of the table's keys, which are those of an index too."""
    check_key(Key(query.pk, "-"))
    for bound in (query.prefix, query.first, query.last):
        if bound is not None:
            check_key(Key("-", bound))
    if query.first is not None and query.last is not None:
        _check_order(query.first, query.last)
    if query.start is None:
        return
    pk, sk = query.keys
    if set(query.start) != {"pk", "sk", pk, sk} or query.start[pk] != query.pk or not query.covers(query.start[sk]):
        raise ValueError("`start` must be the end of a page of this query")


def check_reserve(key: Key, token: str, first: int, size: int, *times: int) -> None:
    check_key(key)
    if not isinstance(token, str) or not token:
        raise ValueError("a number must be reserved for a non-empty token")
    if any(isinstance(part, bool) or not isinstance(part, int) for part in (first, size, *times)) or size < 1:
        raise ValueError("a block must have at least one integer, and its times must be integers")
    check_value(first + size)


def item_size(item: Item) -> int:
    """Return the size of an item in bytes (DynamoDB Developer Guide, "Item sizes and formats")."""
    size = 0
    for name, value in item.items():  # most names and values are ASCII: a call for each takes as long as the rest
        size += len(name) if name.isascii() else _text_size(name)
        size += len(value) if type(value) is str and value.isascii() else _size(value)
    return size


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _size(value: Any) -> int:
    if isinstance(value, str):
        return _text_size(value)
    if isinstance(value, dict):
        return item_size(value) + len(value) + 3
    if isinstance(value, list):
        return sum(map(_size, value)) + len(value) + 3
    if value is None or isinstance(value, bool):
        return 1
    amount = abs(value)
    while amount and amount % 100 == 0:
        amount //= 100
    pairs = (len(str(amount)) + 1) // 2 if amount else 0
    return 1 + pairs + int(value < 0)
