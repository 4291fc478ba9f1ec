"""A table in memory and one on the local cloud that get the same calls and must return the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from services.shared.table import port
from services.shared.table.dynamo import DynamoTable
from services.shared.table.items import Item, Key
from services.shared.table.validation import MAX_KEYS
from simulation.memory import MemoryTable
from simulation.registry import REGISTRY
from tests.support.tables import simulation_on

FAILURES = (port.ConditionFailed, port.SequenceBlockFull, port.SequenceBlockMissing)


class MirroredTable:
    """Makes every call on both tables, requires equal results and returns the result."""

    def __init__(self, memory: MemoryTable, deployed: DynamoTable) -> None:
        self._memory, self._deployed = memory, deployed

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call_both(*arguments: Any, **named: Any) -> Any:
            expected = _result(getattr(self._memory, name), *arguments, **named)
            result = _result(getattr(self._deployed, name), *arguments, **named)
            assert _comparable(result) == _comparable(expected), (name, arguments, expected, result)
            if isinstance(expected, FAILURES):
                raise expected
            return expected

        return call_both


class MirroredTables:
    """The tables of the four services on the cloud, brought to the state of a driver before each of its runs."""

    def __init__(self, deployed: dict[str, DynamoTable]) -> None:
        self._deployed = deployed
        self._items: dict[str, dict[tuple[str, str], Item]] = {service: {} for service in deployed}

    def __call__(self, service: str, memory: MemoryTable) -> MirroredTable:
        self._copy(service, memory)
        return MirroredTable(memory, self._deployed[service])

    def require_equal(self, service: str, memory: MemoryTable) -> None:
        """Require after a run that the cloud has the items of the memory."""
        self._items[service] = dict(memory._items)
        wanted = {Key(*key): item for key, item in memory._items.items()}
        keys = list(wanted)
        for part in (keys[start : start + MAX_KEYS] for start in range(0, len(keys), MAX_KEYS)):
            assert self._deployed[service].get_many(part, consistent_read=True) == {key: wanted[key] for key in part}

    def _copy(self, service: str, memory: MemoryTable) -> None:
        deployed, wanted = self._items[service], memory._items
        for key in deployed.keys() - wanted.keys():
            self._deployed[service].delete(Key(*key), when=None)
        for key, item in wanted.items():
            if deployed.get(key) != item:
                self._deployed[service].put(item, when=None)
        self._items[service] = dict(wanted)


@contextmanager
def mirrored_tables_on(dynamodb: Any) -> Iterator[MirroredTables]:
    with simulation_on(dynamodb) as simulation:
        tables: dict[str, Any] = {service: simulation.table(service) for service in REGISTRY}
        yield MirroredTables(tables)


def _result(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    try:
        return call(*arguments, **named)
    except FAILURES as failure:
        return failure


def _comparable(result: Any) -> Any:
    if isinstance(result, port.ConditionFailed):
        return "failed", result.old, result.index
    return type(result).__name__ if isinstance(result, Exception) else result
