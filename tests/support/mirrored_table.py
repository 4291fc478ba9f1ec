"""A table in memory and one on the local cloud that are asked the same and must answer the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from services.shared.table import port as t
from services.shared.table.dynamo import DynamoTable
from services.shared.table.port import Item, Key
from simulation.driver import SERVICES
from simulation.memory import MemoryTable
from tests.support.tables import world_on

FAILURES = (t.ConditionFailed, t.BlockFull, t.BlockMissing)


class Twin:
    """Every call goes to both; `beneath` is the one on the cloud."""

    def __init__(self, memory: MemoryTable, beneath: DynamoTable) -> None:
        self._memory, self._beneath = memory, beneath

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def both(*arguments: Any, **named: Any) -> Any:
            here = _answer(getattr(self._memory, name), *arguments, **named)
            there = _answer(getattr(self._beneath, name), *arguments, **named)
            assert _told(here) == _told(there), (name, arguments, here, there)
            if isinstance(here, FAILURES):
                raise here
            return here

        return both


class Twins:
    """The four services' tables on the cloud, brought to a simulation's state before it runs."""

    def __init__(self, tables: dict[str, DynamoTable]) -> None:
        self._tables = tables
        self._held: dict[str, dict[tuple[str, str], Item]] = {name: {} for name in tables}

    def __call__(self, service: str, memory: MemoryTable) -> Twin:
        self._bring(service, memory)
        return Twin(memory, self._tables[service])

    def settle(self, service: str, memory: MemoryTable) -> None:
        """Note what the cloud holds after a run, and see that it is what memory holds."""
        self._held[service] = dict(memory._items)
        for (pk, sk), item in memory._items.items():
            assert self._tables[service].get(Key(pk, sk), consistent_read=True) == item

    def _bring(self, service: str, memory: MemoryTable) -> None:
        held, wanted = self._held[service], memory._items
        for place in held.keys() - wanted.keys():
            self._tables[service].delete(Key(*place), when=None)
        for place, item in wanted.items():
            if held.get(place) != item:
                self._tables[service].put(item, when=None)
        self._held[service] = dict(wanted)


@contextmanager
def twins_on(dynamodb: Any) -> Iterator[Twins]:
    with world_on(dynamodb) as world:
        yield Twins({name: getattr(world, f"{name}_table") for name in SERVICES})


def _answer(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    try:
        return call(*arguments, **named)
    except FAILURES as failure:
        return failure


def _told(answer: Any) -> Any:
    if isinstance(answer, t.ConditionFailed):
        return "failed", answer.old, answer.index
    return type(answer).__name__ if isinstance(answer, Exception) else answer
