"""What both adapters refuse before anything is sent, so that they refuse alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from services.shared.table import Item, Key, Update, Write

MAX_ITEM_BYTES = 400 * 1024
MAX_TRANSACTION = 100
MAX_INTEGER = 10**38 - 1
INDEX_KEY = re.compile(r"gsi\d+[ps]k")


def check_key(key: Key) -> None:
    """Keys are non-empty strings of at most 2048 (pk) and 1024 (sk) bytes."""
    for name, value, most in (("pk", key.pk, 2048), ("sk", key.sk, 1024)):
        if not isinstance(value, str) or not 0 < len(value.encode()) <= most:
            raise ValueError(f"{name} must be a string of 1 to {most} bytes")


def check_value(value: Any) -> None:
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise ValueError("an integer takes at most 38 digits")
    elif isinstance(value, list):
        for part in value:
            check_value(part)
    elif isinstance(value, dict) and all(isinstance(name, str) for name in value):
        for part in value.values():
            check_value(part)
    else:
        raise TypeError(f"an item holds str, int, bool, None, list and dict, not {type(value).__name__}")


def check_item(item: Item) -> None:
    check_key(Key.of(item))
    check_value(item)
    for name in item:
        if INDEX_KEY.fullmatch(name) and (not isinstance(item[name], str) or not item[name]):
            raise ValueError(f"index key {name} must be a non-empty string")
    if size_of(item) > MAX_ITEM_BYTES:
        raise ValueError("an item takes at most 400 KB")


def check_writes(writes: Sequence[Write], token: str = "-") -> None:
    """Refuse what DynamoDB refuses of a transaction or an update, by name."""
    if not 0 < len(writes) <= MAX_TRANSACTION:
        raise ValueError(f"a transaction takes 1 to {MAX_TRANSACTION} writes")
    if not 0 < len(token) <= 36:
        raise ValueError("a transaction token takes 1 to 36 characters")
    if len({write.key for write in writes}) < len(writes):
        raise ValueError("a transaction may touch an item once only")
    for write in writes:
        check_key(write.key)
        if isinstance(write, Update):
            _check_update(write)


def _check_update(write: Update) -> None:
    names = [*write.set, *write.add, *write.remove]
    if not names:
        raise ValueError("an update must change something")
    if len(set(names)) < len(names) or {"pk", "sk"} & set(names):
        raise ValueError("an update names an attribute once, and never the key")
    if any("." in name or "[" in name for name in names):
        raise ValueError("an update takes top-level names only")
    for value in write.set.values():
        check_value(value)
    if any(isinstance(amount, bool) or not isinstance(amount, int) for amount in write.add.values()):
        raise TypeError("an update adds integers only")


def size_of(value: Any) -> int:
    """Bytes of a value by DynamoDB's rules (Developer Guide, "Item sizes and formats")."""
    if isinstance(value, dict):
        return sum(len(name.encode()) + size_of(part) + 1 for name, part in value.items()) + 3
    if isinstance(value, list):
        return sum(size_of(part) + 1 for part in value) + 3
    if isinstance(value, str):
        return len(value.encode())
    if value is None or isinstance(value, bool):
        return 1
    digits = len(str(abs(value)).rstrip("0") or "0")
    return (digits + 1) // 2 + 1 + int(value < 0)
