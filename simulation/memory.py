"""The table in memory: atomic, deterministic and as strict as DynamoDB."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from services.shared.kernel.pages import Page
from services.shared.table import items as t
from services.shared.table import port
from services.shared.table.items import Item, Key
from services.shared.table.validation import (
    MAX_INTEGER,
    MAX_ITEM_BYTES,
    check_key,
    check_keys,
    check_query,
    check_reserve,
    check_writes,
    item_size,
)
from simulation.partitions import KeyPair, Partitions

MAX_PAGE_BYTES = 1024 * 1024
# What the indexes project beside the keys, over all templates; a simulation takes those of each service's template.
PROJECTIONS: Mapping[str, Sequence[str]] = {
    "gsi1": (),
    "gsi2": (
        *("state", "circle_name", "submitted_at", "lease_until", "reviewer", "approvals"),
        *("nickname", "avatar", "joined_at"),
    ),
    "gsi3": (),
}
_PLAIN = frozenset({str, int, bool})  # shared by a copy


def clone(item: Item | None) -> Item | None:
    """Return a copy that shares nothing mutable; several times as fast as copy.deepcopy."""
    return None if item is None else _clone(item)


def _clone(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: part if type(part) in _PLAIN else _clone(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_clone(part) for part in value]
    return str.__str__(value) if isinstance(value, str) else value  # a member of an enumeration is plain, as on the wire


def holds(condition: t.Condition | None, item: Item | None) -> bool:
    """Whether a condition is true of an item, by DynamoDB's rules.

    A comparison with an absent attribute or with another type is false, except <>, which is true.
    """
    match condition:
        case None:
            return True
        case t.AllOf(parts):
            return all(holds(part, item) for part in parts)
        case t.AnyOf(parts):
            return any(holds(part, item) for part in parts)
    return _holds_for_attribute(condition, item or {})


def _holds_for_attribute(condition: t.Condition, attributes: Item) -> bool:
    match condition:
        case t.Exists(name):
            return name in attributes
        case t.NotExists(name):
            return name not in attributes
        case t.Compare(name, sign, wanted):
            return _compare(attributes, name, sign, wanted)
        case t.Between(name, low, high):
            return _compare(attributes, name, ">=", low) and _compare(attributes, name, "<=", high)
        case t.In(name, values):
            return any(_compare(attributes, name, "=", value) for value in values)
        case t.BeginsWith(name, prefix):
            value: Any = attributes.get(name)
            return isinstance(value, str) and value.startswith(prefix)
    raise TypeError(f"not a condition: {condition!r}")


COMPARISONS: dict[t.Operator, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _compare(attributes: Item, name: str, sign: t.Operator, wanted: Any) -> bool:
    value: Any = attributes.get(name)
    if name not in attributes or _kind(value) is not _kind(wanted):
        return sign == "<>"
    return bool(COMPARISONS[sign](value, wanted))


def _kind(value: Any) -> type:
    """Return the type in wire format, in which a member of an enumeration is plain text."""
    return next((kind for kind in (bool, int, str) if isinstance(value, kind)), type(value))


class MemoryTable:
    """A table with the keys pk and sk and with sparse indexes.

    projections: by index, the attributes beside the keys; the keys of the index `x` are `xpk` and `xsk`.
    stream: old and new image of every change, as the table's stream has them.
    """

    def __init__(self, projections: Mapping[str, Sequence[str]] = PROJECTIONS) -> None:
        self._projections = projections
        self._items: dict[KeyPair, Item] = {}
        self._partitions = Partitions(projections)
        self._tokens: dict[str, list[port.Write]] = {}
        self.stream: list[tuple[Item | None, Item | None]] = []
        self._lock = threading.RLock()

    def get(self, key: Key, *, consistent_read: bool = False) -> Item | None:
        check_key(key)
        with self._lock:
            return clone(self._items.get((key.pk, key.sk)))

    def get_many(self, keys: Sequence[Key], *, consistent_read: bool = False) -> dict[Key, Item]:
        check_keys(keys)
        with self._lock:
            return {key: dict(_clone(self._items[key.pk, key.sk])) for key in keys if (key.pk, key.sk) in self._items}

    def put(self, item: Item, *, when: t.Condition | None) -> None:
        self._write([t.Put(item, when)])

    def update(
        self,
        key: Key,
        *,
        when: t.Condition | None,
        set: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
    ) -> Item:
        with self._lock:
            self._write([t.Update(key, when, set or {}, add or {}, remove)])
            return dict(_clone(self._items[key.pk, key.sk]))

    def delete(self, key: Key, *, when: t.Condition | None) -> None:
        self._write([t.Delete(key, when)])

    def query(self, query: t.Query) -> Page[Item]:
        check_query(query)
        if query.index and query.index not in self._projections:
            raise ValueError(f"the table has no index {query.index}")
        with self._lock:
            matching = self._partitions.matching(query)
            page = _page([self._project(self._items[key], query.index) for key in matching])
        if len(page) < query.limit and len(page) == len(matching):
            return Page(page)
        return Page(page, {name: page[-1][name] for name in {"pk", "sk", *query.keys}})

    def transact(self, writes: Sequence[port.Write], *, token: str) -> None:
        check_writes(writes, token)
        with self._lock:
            if token in self._tokens:
                if self._tokens[token] != list(writes):
                    raise ValueError("a transaction token was used again with other writes")
                return
            self._write(writes)
            self._tokens[token] = list(writes)

    def reserve(
        self, key: Key, *, token: str, first: int, size: int, create_block: bool, at: int, earlier_at: int
    ) -> port.Reserved:
        check_reserve(key, token, first, size, at, earlier_at)
        name = port.TOKEN_PREFIX + token
        with self._lock:
            block = self._items.get((key.pk, key.sk))
            if block is None and not create_block:
                raise port.SequenceBlockMissing
            if block and (reserved := port.find_reserved(block, token)):
                return reserved
            number: int = block["last"] + 1 if block else first
            if block and number >= first + size:
                raise port.SequenceBlockFull(block["reserved_at"])
            before: int = (block or {}).get("reserved_at", earlier_at)
            times = {"earlier_at": before, "reserved_at": at}
            taken = t.Update(key, None, {"first": first, "last": number, name: number, **times})
            self._store((key.pk, key.sk), _after(taken, block))
            return port.Reserved(number, fresh=True, earlier_at=before)

    def _write(self, writes: Sequence[port.Write]) -> None:
        """Check every condition and every new image before the first change: all writes or none."""
        check_writes(writes)
        with self._lock:
            for index, write in enumerate(writes):
                old = self._items.get((write.key.pk, write.key.sk))
                if not holds(write.when, old):
                    raise port.ConditionFailed(clone(old), index)
            keys = [(write.key.pk, write.key.sk) for write in writes]
            images = [_after(write, self._items.get(key)) for write, key in zip(writes, keys, strict=True)]
            for key, image in zip(keys, images, strict=True):
                self._store(key, image)

    def _store(self, key: KeyPair, new: Item | None) -> None:
        old = self._items.pop(key, None)
        if new is not None:
            self._items[key] = new
        if new != old:
            self._partitions.replace(old, new)
            self.stream.append((clone(old), clone(new)))

    def set_item(self, item: Item) -> None:
        """Store an item without a condition and without a stream record: for data sets, never for use cases."""
        length = len(self.stream)
        self._store((item["pk"], item["sk"]), item)
        del self.stream[length:]

    def copy_from(self, other: MemoryTable) -> None:
        """Become a copy of another table. Items are never changed in place, so a copy of the index is enough."""
        self._items, self.stream = dict(other._items), list(other.stream)
        self._partitions.copy_from(other._partitions)

    def _project(self, item: Item, index: str | None) -> Item:
        """Return what a query returns of an item."""
        if index is None:
            return dict(_clone(item))
        names = {"pk", "sk", f"{index}pk", f"{index}sk", *self._projections[index]}
        return dict(_clone({name: value for name, value in item.items() if name in names}))

    @contextmanager
    def reverted(self) -> Iterator[None]:
        """Undo at the end all writes made inside the block. No stored item is ever changed in place."""
        items, tokens, length = dict(self._items), dict(self._tokens), len(self.stream)
        partitions = self._partitions.copy()
        try:
            yield
        finally:
            self._items, self._tokens, self._partitions = items, tokens, partitions
            del self.stream[length:]

    def all_items(self) -> list[Item]:
        """Return a copy of every item, in key order: for tests, never for use cases."""
        return [_clone(item) for item in self.stored_items()]

    def stored_items(self) -> list[Item]:
        """Return every item itself, in key order: for tests that change none, since a copy of each takes most of their time."""
        with self._lock:
            return [self._items[key] for key in sorted(self._items)]


def _page(items: list[Item]) -> list[Item]:
    """Return the first items, at most 1 MB of them."""
    if len(items) * MAX_ITEM_BYTES <= MAX_PAGE_BYTES:
        return items
    size = 0
    for count, item in enumerate(items):
        size += item_size(item)
        if count and size > MAX_PAGE_BYTES:
            return items[:count]
    return items


def _after(write: port.Write, old: Item | None) -> Item | None:
    """Return the item after a write; None if it is deleted."""
    match write:
        case t.Put(item):
            return clone(item)
        case t.Delete():
            return None
        case t.Check():
            return old
        case t.Update():
            return _updated(write, old)


def _updated(update: t.Update, old: Item | None) -> Item:
    """Return the item after an update.

    Raises: ValueError (what DynamoDB rejects only after a look at the item: a sum that is no integer of 38 digits, 400 KB).
    """
    new = {**(old or update.key.attributes()), **_clone(dict(update.set))}
    for name, amount in update.add.items():
        before = new.get(name, 0)
        if _kind(before) is not int or abs(before + amount) > MAX_INTEGER:
            raise ValueError(f"{name} is not a number, or its sum has more than 38 digits")
        new[name] = before + amount
    for name in update.remove:
        new.pop(name, None)
    if item_size(new) > MAX_ITEM_BYTES:
        raise ValueError("an item has at most 400 KB")
    return new
