"""The partitions of a table in memory, each with the keys of its items in the order of their sort keys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from operator import itemgetter

from services.shared.table.items import Item, Query

KeyPair = tuple[str, str]
Entry = tuple[str, str, str]  # the sort key in the partition, then the key of the item
_sort_key = itemgetter(0)


class Partitions:
    """The partitions of a table and of its sparse indexes, by name and value of their partition keys.

    A copy shares the sorted keys with its original. Whichever changes a partition first copies the keys of that partition.
    """

    def __init__(self, indexes: Iterable[str]) -> None:
        self._names = (("pk", "sk"), *((f"{index}pk", f"{index}sk") for index in indexes))
        self._entries: dict[KeyPair, list[Entry]] = {}
        self._own: set[KeyPair] = set()  # the partitions whose keys are shared with no copy

    def copy_from(self, other: Partitions) -> None:
        """Become a copy of the partitions of another table with the same indexes."""
        other._own.clear()
        self._entries, self._own = dict(other._entries), set()

    def copy(self) -> Partitions:
        copied = Partitions(())
        copied._names = self._names
        copied.copy_from(self)
        return copied

    def replace(self, old: Item | None, new: Item | None) -> None:
        """Remove an old image and add a new one."""
        was, now = old or {}, new or {}
        for pk, sk in self._names:
            if was.get(pk) == now.get(pk) and was.get(sk) == now.get(sk):
                continue  # most changes move an item in no partition
            before, after = _position(pk, sk, was), _position(pk, sk, now)
            if before is not None:
                entries = self._owned(before[0])
                del entries[bisect_left(entries, before[1])]
            if after is not None:
                insort(self._owned(after[0]), after[1])

    def _owned(self, partition: KeyPair) -> list[Entry]:
        if partition not in self._own:
            self._entries[partition] = [*self._entries.get(partition, ())]
            self._own.add(partition)
        return self._entries[partition]

    def matching(self, query: Query) -> list[KeyPair]:
        """Return the keys of the first items of a query, in its order and at most `limit`."""
        pk, sk = query.keys
        entries = self._entries.get((pk, query.pk), [])
        low, high = _range(query, entries)
        if query.start is not None:
            edge = (query.start[sk], query.start["pk"], query.start["sk"])
            low, high = (low, bisect_left(entries, edge)) if query.newest_first else (bisect_right(entries, edge), high)
        if query.newest_first:
            return [entry[1:] for entry in reversed(entries[max(low, high - query.limit) : high])]
        return [entry[1:] for entry in entries[low : min(high, low + query.limit)]]


def _position(pk: str, sk: str, item: Item) -> tuple[KeyPair, Entry] | None:
    """Return the partition and the entry of an item; None if a sparse index has it not."""
    if pk not in item or sk not in item:
        return None
    return (pk, item[pk]), (item[sk], item["pk"], item["sk"])


def _range(query: Query, entries: list[Entry]) -> tuple[int, int]:
    """Return the positions of the first entry that a query covers, and of the first one after those."""
    prefix = query.prefix
    if prefix is not None:
        low = bisect_left(entries, prefix, key=_sort_key)
        return low, bisect_right(entries, prefix, low, key=lambda entry: entry[0][: len(prefix)])
    low = 0 if query.first is None else bisect_left(entries, query.first, key=_sort_key)
    return low, len(entries) if query.last is None else bisect_right(entries, query.last, key=_sort_key)
