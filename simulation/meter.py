"""What calls cost, by AWS's own rules, whatever lies beneath: "Read and write unit consumption" and "Working with
transactions" of the DynamoDB Developer Guide."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from services.shared.table import port as t
from services.shared.table.port import Item, Key, Table
from services.shared.table.validation import item_size
from simulation.memory import PROJECTIONS, MemoryTable

Answer = TypeVar("Answer")
Place = Key | str | tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request: at the key of an item, in a partition (`index:` before it if it is an index's), at all keys of a
    transaction. Equal to another at the same place whatever they cost."""

    method: str
    place: Place
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
    """Over any table; `total` is the cost of all calls so far, `measure()` of those inside its block.

    Looks at items before and after a write through the table itself, so one call at a time."""

    def __init__(self, table: Table | None = None, projections: Mapping[str, Sequence[str]] = PROJECTIONS) -> None:
        self.table = table or MemoryTable(projections)
        self.total = Cost()
        self._projections = projections
        self._done: set[str] = set()
        self._lock = threading.RLock()

    @contextmanager
    def measure(self) -> Iterator[Cost]:
        cost, begun = Cost(), len(self.total.trace)
        try:
            yield cost
        finally:
            cost.trace.extend(self.total.trace[begun:])

    def get(self, key: Key, *, consistent_read: bool = False) -> Item | None:
        with self._lock:
            item = self.table.get(key, consistent_read=consistent_read)
            self._note("get", key, consistent_read, reads=read_units(size_of(item), consistent_read))
            return item

    def query(self, query: t.Query) -> t.Page:
        with self._lock:
            page = self.table.query(query)
            place = f"{query.index}:{query.pk}" if query.index else query.pk
            self._note(
                "query", place, query.consistent_read, reads=read_units(sum(map(item_size, page.items)), query.consistent_read)
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

    def reserve(self, key: Key, *, token: str, first: int, size: int, may_open: bool) -> t.Reserved:
        """An update whose condition is false whenever no number was taken."""

        def reserve() -> t.Reserved:
            return self.table.reserve(key, token=token, first=first, size=size, may_open=may_open)

        return self._single("reserve", key, reserve)

    def transact(self, writes: Sequence[t.Write], *, token: str) -> None:
        keys = tuple(write.key for write in writes)
        with self._lock:
            before = [self._peek(key) for key in keys]
            if token in self._done:
                self.table.transact(writes, token=token)
                self._note("transact", keys, reads=sum(2 * read_units(size_of(item), True) for item in before))
                return
            try:
                self.table.transact(writes, token=token)
                self._done.add(token)
            finally:
                pairs = [(old, self._peek(key)) for old, key in zip(before, keys, strict=True)]
                self._note("transact", keys, writes=sum(2 * write_units(*pair) + self._index_units(*pair) for pair in pairs))

    def _single(self, method: str, key: Key, call: Callable[[], Answer]) -> Answer:
        with self._lock:
            before = self._peek(key)
            try:
                return call()
            finally:
                after = self._peek(key)
                self._note(method, key, writes=write_units(before, after) + self._index_units(before, after))

    def _peek(self, key: Key) -> Item | None:
        return self.table.get(key, consistent_read=True)

    def _note(self, method: str, place: Place, consistent_read: bool = False, *, reads: float = 0, writes: int = 0) -> None:
        self.total.trace.append(Call(method, place, consistent_read, reads, writes))

    def _index_units(self, before: Item | None, after: Item | None) -> int:
        return sum(self._entry_units(index, before, after) for index in self._projections)

    def _entry_units(self, index: str, before: Item | None, after: Item | None) -> int:
        """An entry that comes, goes or changes is a write; one whose key moves goes and comes."""
        old, new = self._entry(index, before), self._entry(index, after)
        if old == new:
            return 0
        if old and new and any(old[name] != new[name] for name in (f"{index}pk", f"{index}sk")):
            return write_units(old, None) + write_units(None, new)
        return write_units(old, new)

    def _entry(self, index: str, item: Item | None) -> Item | None:
        keys = (f"{index}pk", f"{index}sk")
        if item is None or not item.keys() >= set(keys):
            return None
        return {name: item[name] for name in ("pk", "sk", *keys, *self._projections[index]) if name in item}


def size_of(item: Item | None) -> int:
    return item_size(item) if item else 0


def read_units(size: int, consistent_read: bool) -> float:
    """A unit for 4 KB begun, at least one; half as much when not read strongly."""
    return max(1, -(-size // 4096)) * (1 if consistent_read else 0.5)


def write_units(before: Item | None, after: Item | None) -> int:
    """A unit for 1 KB begun of the larger image, at least one."""
    return max(1, -(-max(size_of(before), size_of(after)) // 1024))
