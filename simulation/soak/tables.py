"""The table in memory with an index of its partitions: a course has thousands of items, and most queries want a few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.shared.table.items import Item
from simulation.memory import KeyPair, MemoryTable


class PartitionedTable(MemoryTable):
    """A table in memory whose queries read one partition instead of all items."""

    def __init__(self, projections: Mapping[str, Sequence[str]]) -> None:
        super().__init__(projections)
        self._names = ("pk", *(f"{index}pk" for index in projections))
        self._partitions: dict[KeyPair, dict[KeyPair, Item]] = {}  # by name and value of a partition key

    def copy_from(self, other: MemoryTable) -> None:
        super().copy_from(other)
        self._partitions = {}
        for key, item in self._items.items():
            self._add(key, item)

    def _in_partition(self, name: str, value: str) -> Iterable[Item]:
        return self._partitions.get((name, value), {}).values()

    def _store(self, key: KeyPair, new: Item | None) -> None:
        if old := self._items.get(key):
            for partition in self._partitions_of(old):
                del self._partitions[partition][key]
        super()._store(key, new)
        if new is not None:
            self._add(key, new)

    def _add(self, key: KeyPair, item: Item) -> None:
        for partition in self._partitions_of(item):
            self._partitions.setdefault(partition, {})[key] = item

    def _partitions_of(self, item: Item) -> list[KeyPair]:
        return [(name, item[name]) for name in self._names if name in item]
