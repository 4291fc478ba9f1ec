"""Processing of the table's stream, in order, for items that a service derives from its own items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.shared.kernel.observability import logger
from services.shared.table.dynamo import from_wire
from services.shared.table.port import Item, Key


@dataclass(frozen=True, slots=True)
class Change:
    """One stream record.

    sequence: its sequence number. old, new: the item before and after; None if it did not or does not exist.
    """

    sequence: str
    key: Key
    old: Item | None
    new: Item | None

    @property
    def item_count_change(self) -> int:
        """1 for a new item, -1 for a deleted one, otherwise 0."""
        return (self.new is not None) - (self.old is not None)


def process_in_groups(batch: dict[str, Any], size: int, process: Callable[[Sequence[Change]], None]) -> dict[str, Any]:
    """Call `process` for each group of `size` changes of a batch, and return the first failed record.

    The groups after a failed one are not processed; Lambda continues with the first record of the failed group.
    """
    changes = [_change(record["dynamodb"]) for record in batch["Records"]]
    for start in range(0, len(changes), size):
        group = changes[start : start + size]
        try:
            process(group)
        except Exception as error:  # noqa: BLE001 (for any error, the stream must continue from here)
            logger().warning("change failed", error_type=type(error).__name__)
            return {"batchItemFailures": [{"itemIdentifier": group[0].sequence}]}
    return {"batchItemFailures": []}


def _change(record: dict[str, Any]) -> Change:
    old, new = record.get("OldImage"), record.get("NewImage")
    key = Key(**from_wire(record["Keys"]))
    return Change(record["SequenceNumber"], key, from_wire(old) if old else None, from_wire(new) if new else None)
