"""A table that fails once, at a call chosen beforehand: the same run again fails at the same place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, TypeVar

from services.shared.table.port import (
    Conflict,
    Item,
    Page,
    Query,
    Reserved,
    Table,
    Throttled,
)

Answer = TypeVar("Answer")


class Lost(Exception):
    """The connection broke: the caller cannot know whether the call was made."""


class Fault(Enum):
    REQUEST_LOST = "before the call"
    ANSWER_LOST = "after the call"
    CONFLICT = "instead of the call, as other transactions keep touching its items"
    THROTTLED = "instead of the call, as the table takes no more"


class FaultyTable:
    """Over any table. Call number `at`, counted from 1 over all methods, meets `fault`; every other goes through.

    `calls` counts the calls so far, `struck` tells whether the fault came."""

    def __init__(self, table: Table, fault: Fault, at: int) -> None:
        self.table, self.fault, self.at = table, fault, at
        self.calls = 0

    @property
    def struck(self) -> bool:
        return self.calls >= self.at

    def get(self, *key: Any, **named: Any) -> Item | None:
        return self._pass(self.table.get, *key, **named)

    def put(self, *item: Any, **named: Any) -> None:
        self._pass(self.table.put, *item, **named)

    def update(self, *key: Any, **named: Any) -> Item:
        return self._pass(self.table.update, *key, **named)

    def delete(self, *key: Any, **named: Any) -> None:
        self._pass(self.table.delete, *key, **named)

    def query(self, query: Query) -> Page:
        return self._pass(self.table.query, query)

    def transact(self, *writes: Any, **named: Any) -> None:
        self._pass(self.table.transact, *writes, **named)

    def reserve(self, *key: Any, **named: Any) -> Reserved:
        return self._pass(self.table.reserve, *key, **named)

    def _pass(self, call: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
        self.calls += 1
        if self.calls != self.at:
            return call(*arguments, **named)
        if self.fault is Fault.CONFLICT:
            raise Conflict
        if self.fault is Fault.THROTTLED:
            raise Throttled
        if self.fault is Fault.ANSWER_LOST:
            call(*arguments, **named)
        raise Lost(f"{call.__name__}, call {self.at}: {self.fault.value}")


def every_fault(make: Callable[[], Table], run: Callable[[FaultyTable], object]) -> Iterator[FaultyTable]:
    """`run` over a fresh table for every fault at every call that it makes. Each table comes when its run is over, for
    the test to judge (`.table` is the one beneath); what a fault makes `run` raise is for `run` itself to judge."""
    for fault in Fault:
        at = 1
        while True:
            table = FaultyTable(make(), fault, at)
            run(table)
            if not table.struck:
                break
            yield table
            at += 1
