"""The table in process: atomic, deterministic, strict. For tests and simulation."""

from __future__ import annotations

import copy
import operator
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.shared import table as t
from services.shared.checks import check_item, check_key, check_writes, size_of
from services.shared.table import Item, Key

TOKEN_PREFIX = "t_"


def holds(condition: t.Condition | None, item: Item | None) -> bool:
    """Whether `condition` is true of `item`, by DynamoDB's rules: an absent attribute or another type compares false,
    except under <>, which is then true."""
    attributes = item or {}
    match condition:
        case None:
            return True
        case t.AllOf(parts):
            return all(holds(part, item) for part in parts)
        case t.AnyOf(parts):
            return any(holds(part, item) for part in parts)
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
    have: Any = attributes.get(name)
    if name not in attributes or type(have) is not type(wanted):
        return sign == "<>"
    if isinstance(have, str):
        have, wanted = have.encode(), wanted.encode()
    return bool(COMPARISONS[sign](have, wanted))


class MemoryTable:
    """A table with pk and sk and any index named `x` over the attributes `xpk`, `xsk`."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], Item] = {}
        self._tokens: dict[str, Sequence[t.Write]] = {}
        self.stream: list[tuple[Item | None, Item | None]] = []  # old and new images, as a table's stream tells them
        self._lock = threading.RLock()

    def get(self, key: Key, *, strong: bool = False) -> Item | None:
        check_key(key)
        with self._lock:
            return copy.deepcopy(self._items.get((key.pk, key.sk)))

    def put(self, item: Item, *, when: t.Condition | None) -> None:
        with self._lock:
            self._check(t.Put(item, when), 0)
            self._apply(t.Put(item, when))

    def update(
        self,
        key: Key,
        *,
        when: t.Condition | None,
        set: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
    ) -> Item:
        write = t.Update(key, when, set or {}, add or {}, remove)
        check_writes([write])
        with self._lock:
            self._check(write, 0)
            self._apply(write)
            return copy.deepcopy(self._items[key.pk, key.sk])

    def delete(self, key: Key, *, when: t.Condition | None) -> None:
        check_key(key)
        with self._lock:
            self._check(t.Delete(key, when), 0)
            self._apply(t.Delete(key, when))

    def query(self, query: t.Query) -> t.Page:
        pk, sk = (f"{query.index}pk", f"{query.index}sk") if query.index else ("pk", "sk")

        def order(item: Item) -> tuple[bytes, bytes, bytes]:
            return item[sk].encode(), item["pk"].encode(), item["sk"].encode()

        with self._lock:
            rows = [row for row in self._items.values() if row.get(pk) == query.pk and sk in row and _in(query, row[sk])]
            rows.sort(key=order, reverse=query.newest_first)
            if query.start is not None:
                edge = order(query.start)
                rows = [row for row in rows if (order(row) < edge if query.newest_first else order(row) > edge)]
            page = copy.deepcopy(rows[: query.limit])
        if len(page) < query.limit:
            return t.Page(page)
        return t.Page(page, {name: page[-1][name] for name in {"pk", "sk", pk, sk}})

    def transact(self, writes: Sequence[t.Write], *, token: str) -> None:
        check_writes(writes, token)
        with self._lock:
            if token in self._tokens:
                if self._tokens[token] != writes:
                    raise ValueError("a transaction token was used again with other writes")
                return
            for index, write in enumerate(writes):
                self._check(write, index)
            for write in writes:
                self._apply(write)
            self._tokens[token] = copy.deepcopy(list(writes))

    def reserve(self, key: Key, *, token: str, first: int, size: int, may_open: bool) -> t.Reserved:
        name = TOKEN_PREFIX + token
        with self._lock:
            block = self._items.get((key.pk, key.sk))
            if block is None and not may_open:
                raise t.BlockMissing
            if block and name in block:
                return t.Reserved(block[name], fresh=False)
            last = block["last"] if block else first - 1
            if last >= first + size - 1:
                raise t.BlockFull
            write = t.Update(key, None, {"last": last + 1, name: last + 1, "first": first})
            self._apply(write)
            return t.Reserved(last + 1, fresh=True)

    def _check(self, write: t.Write, index: int) -> None:
        key = write.key
        check_key(key)
        if isinstance(write, t.Put):
            check_item(write.item)
        old = self._items.get((key.pk, key.sk))
        if not holds(write.when, old):
            raise t.ConditionFailed(copy.deepcopy(old), index)

    def _apply(self, write: t.Write) -> None:
        place = (write.key.pk, write.key.sk)
        old = self._items.get(place)
        self._change(write, place)
        if self._items.get(place) != old:
            self.stream.append((copy.deepcopy(old), copy.deepcopy(self._items.get(place))))

    def _change(self, write: t.Write, place: tuple[str, str]) -> None:
        match write:
            case t.Put(item):
                self._items[place] = copy.deepcopy(item)
            case t.Delete():
                self._items.pop(place, None)
            case t.Update():
                item = {**self._items.get(place, write.key.attributes()), **copy.deepcopy(dict(write.set))}
                for name, amount in write.add.items():
                    item[name] = item.get(name, 0) + amount
                for name in write.remove:
                    item.pop(name, None)
                if size_of(item) > 400 * 1024:
                    raise ValueError("an item takes at most 400 KB")
                self._items[place] = item

    def everything(self) -> list[Item]:
        """Every item, in key order: for a test to look at, never for a use case."""
        with self._lock:
            return [copy.deepcopy(self._items[place]) for place in sorted(self._items)]


def _in(query: t.Query, value: str) -> bool:
    have = value.encode()
    if query.prefix is not None:
        return value.startswith(query.prefix)
    after = query.first is None or have >= query.first.encode()
    return after and (query.last is None or have <= query.last.encode())
