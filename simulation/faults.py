"""A table that fails once, at a call chosen beforehand, so that a run can be repeated exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, TypeVar

from services.shared.kernel.pages import Page
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Reserved, Table, Throttled, TransactionConflict

Result = TypeVar("Result")


class Lost(Exception):
    """The connection broke; the caller cannot know whether the call was made."""


class Fault(Enum):
    REQUEST_LOST = "before the call"
    RESPONSE_LOST = "after the call"
    CONFLICT = "instead of the call: another transaction writes to its items"
    THROTTLED = "instead of the call: the table is throttled"


class FaultyTable:
    """A table whose call number `at`, counted from 1 over all methods, fails with `fault`.

    calls: the number of calls so far. was_injected: whether the fault has occurred.
    """

    def __init__(self, table: Table, fault: Fault, at: int) -> None:
        self.table, self.fault, self.at = table, fault, at
        self.calls = 0

    @property
    def was_injected(self) -> bool:
        return self.calls >= self.at

    def get(self, *key: Any, **named: Any) -> Item | None:
        return self._pass(self.table.get, *key, **named)

    def get_many(self, *keys: Any, **named: Any) -> dict[Key, Item]:
        return self._pass(self.table.get_many, *keys, **named)

    def put(self, *item: Any, **named: Any) -> None:
        self._pass(self.table.put, *item, **named)

    def update(self, *key: Any, **named: Any) -> Item:
        return self._pass(self.table.update, *key, **named)

    def delete(self, *key: Any, **named: Any) -> None:
        self._pass(self.table.delete, *key, **named)

    def query(self, query: Query) -> Page[Item]:
        return self._pass(self.table.query, query)

    def transact(self, *writes: Any, **named: Any) -> None:
        self._pass(self.table.transact, *writes, **named)

    def reserve(self, *key: Any, **named: Any) -> Reserved:
        return self._pass(self.table.reserve, *key, **named)

    def _pass(self, call: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
        self.calls += 1
        if self.calls != self.at:
            return call(*arguments, **named)
        if self.fault is Fault.CONFLICT:
            raise TransactionConflict
        if self.fault is Fault.THROTTLED:
            raise Throttled
        if self.fault is Fault.RESPONSE_LOST:
            call(*arguments, **named)
        raise Lost(f"{call.__name__}, call {self.at}: {self.fault.value}")


def every_fault(make: Callable[[], Table], run: Callable[[FaultyTable], object]) -> Iterator[FaultyTable]:
    """Run over a new table for every fault at every call, and yield each table after its run.

    `run` must catch what the fault makes it raise. `.table` is the table without the fault.
    """
    for fault in Fault:
        at = 1
        while True:
            table = FaultyTable(make(), fault, at)
            run(table)
            if not table.was_injected:
                break
            yield table
            at += 1
