"""The cost of table calls, by AWS's rules.

They are in the DynamoDB Developer Guide: "Read and write unit consumption" and "Working with transactions".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from services.shared.kernel.pages import Page
from services.shared.table import items as t
from services.shared.table import port
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.validation import item_size
from simulation.memory import PROJECTIONS, MemoryTable

Result = TypeVar("Result")
Target = Key | str | tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a table; calls with the same target are equal, whatever they cost.

    target: the key of an item, all keys of a transaction or of a read of several items, or a partition, after `index:` if it is
    that of an index.
    """

    method: str
    target: Target
    consistent_read: bool = False
    reads: float = field(default=0, compare=False)
    writes: int = field(default=0, compare=False)


@dataclass(slots=True)
class Cost:
    trace: list[Call] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return len(self.trace)

    @property
    def reads(self) -> float:
        return sum(call.reads for call in self.trace)

    @property
    def writes(self) -> int:
        return sum(call.writes for call in self.trace)

    def __str__(self) -> str:
        return f"{self.writes} write units, {self.reads:g} read units, {self.requests} requests"


class MeteredTable:
    """A table that records the cost of its calls; `total` is that of all calls, `measure()` that of the calls in its block.

    It reads the items before and after a write from the table below, so one call runs at a time.
    """

    def __init__(self, table: Table | None = None, projections: Mapping[str, Sequence[str]] = PROJECTIONS) -> None:
        self.table = table or MemoryTable(projections)
        self.total = Cost()
        self._projections = projections
        self._done: set[str] = set()
        self._lock = threading.RLock()

    @contextmanager
    def measure(self) -> Iterator[Cost]:
        cost, start = Cost(), len(self.total.trace)
        try:
            yield cost
        finally:
            cost.trace.extend(self.total.trace[start:])

    def get(self, key: Key, *, consistent_read: bool = False) -> Item | None:
        with self._lock:
            item = self.table.get(key, consistent_read=consistent_read)
            self._record("get", key, consistent_read, reads=units_of_read(size_of(item), consistent_read))
            return item

    def get_many(self, keys: Sequence[Key], *, consistent_read: bool = False) -> dict[Key, Item]:
        """Meter each item for itself, also one that does not exist, as BatchGetItem is billed."""
        with self._lock:
            items = self.table.get_many(keys, consistent_read=consistent_read)
            reads = sum(units_of_read(size_of(items.get(key)), consistent_read) for key in keys)
            self._record("get_many", tuple(keys), consistent_read, reads=reads)
            return items

    def query(self, query: t.Query) -> Page[Item]:
        with self._lock:
            page = self.table.query(query)
            partition = f"{query.index}:{query.pk}" if query.index else query.pk
            self._record(
                "query",
                partition,
                query.consistent_read,
                reads=units_of_read(sum(map(item_size, page.items)), query.consistent_read),
            )
            return page

    def put(self, item: Item, *, when: t.Condition | None) -> None:
        self._single("put", Key.of(item), lambda: self.table.put(item, when=when))

    def update(
        self,
        key: Key,
        *,
        when: t.Condition | None,
        set: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
    ) -> Item:
        return self._single("update", key, lambda: self.table.update(key, when=when, set=set, add=add, remove=remove))

    def delete(self, key: Key, *, when: t.Condition | None) -> None:
        self._single("delete", key, lambda: self.table.delete(key, when=when))

    def reserve(self, key: Key, **named: Any) -> port.Reserved:
        """Meter the reservation as the update that it is; its condition fails if no number is reserved."""

        def reserve() -> port.Reserved:
            return self.table.reserve(key, **named)

        return self._single("reserve", key, reserve)

    def transact(self, writes: Sequence[port.Write], *, token: str) -> None:
        keys = tuple(write.key for write in writes)
        with self._lock:
            before = [self._peek(key) for key in keys]
            if token in self._done:
                self.table.transact(writes, token=token)
                self._record("transact", keys, reads=sum(2 * units_of_read(size_of(item), True) for item in before))
                return
            try:
                self.table.transact(writes, token=token)
                self._done.add(token)
            finally:
                pairs = [(old, self._peek(key)) for old, key in zip(before, keys, strict=True)]
                self._record(
                    "transact", keys, writes=sum(2 * units_of_write(*pair) + self._index_units(*pair) for pair in pairs)
                )

    def _single(self, method: str, key: Key, call: Callable[[], Result]) -> Result:
        with self._lock:
            before = self._peek(key)
            try:
                return call()
            finally:
                after = self._peek(key)
                self._record(method, key, writes=units_of_write(before, after) + self._index_units(before, after))

    def _peek(self, key: Key) -> Item | None:
        return self.table.get(key, consistent_read=True)

    def _record(self, method: str, target: Target, consistent_read: bool = False, *, reads: float = 0, writes: int = 0) -> None:
        self.total.trace.append(Call(method, target, consistent_read, reads, writes))

    def _index_units(self, before: Item | None, after: Item | None) -> int:
        return sum(self._entry_units(index, before, after) for index in self._projections)

    def _entry_units(self, index: str, before: Item | None, after: Item | None) -> int:
        """Return the units of one index: an added, deleted or changed entry is a write, a changed key is two."""
        old, new = self._entry(index, before), self._entry(index, after)
        if old == new:
            return 0
        if old and new and any(old[name] != new[name] for name in (f"{index}pk", f"{index}sk")):
            return units_of_write(old, None) + units_of_write(None, new)
        return units_of_write(old, new)

    def _entry(self, index: str, item: Item | None) -> Item | None:
        keys = (f"{index}pk", f"{index}sk")
        if item is None or not item.keys() >= set(keys):
            return None
        return {name: item[name] for name in ("pk", "sk", *keys, *self._projections[index]) if name in item}


def size_of(item: Item | None) -> int:
    return item_size(item) if item else 0


def units_of_read(size: int, consistent_read: bool) -> float:
    """Return a unit per started 4 KB, at least one; half of that for an eventually consistent read."""
    return max(1, -(-size // 4096)) * (1 if consistent_read else 0.5)


def units_of_write(before: Item | None, after: Item | None) -> int:
    """Return a unit per started 1 KB of the larger image, at least one."""
    return max(1, -(-max(size_of(before), size_of(after)) // 1024))
