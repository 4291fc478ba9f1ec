"""Table stream -> rows that a service derives for itself, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.shared.kernel.observability import logger
from services.shared.table.dynamo import from_wire
from services.shared.table.port import Item, Key


@dataclass(frozen=True, slots=True)
class Change:
    """One stream record: its place in the stream, the item before and after."""

    sequence: str
    key: Key
    old: Item | None
    new: Item | None

    @property
    def item_count_change(self) -> int:
        """One for an item that came, minus one for an item that went."""
        return (self.new is not None) - (self.old is not None)


def process_in_groups(batch: dict[str, Any], size: int, keep: Callable[[Sequence[Change]], None]) -> dict[str, Any]:
    """Hand a batch of stream records over in groups. At the first group that fails, Lambda goes on from its first record."""
    changes = [_read(record["dynamodb"]) for record in batch["Records"]]
    for start in range(0, len(changes), size):
        group = changes[start : start + size]
        try:
            keep(group)
        except Exception as error:  # noqa: BLE001 (whatever failed, the stream must come again from here)
            logger().warning("change failed", error_type=type(error).__name__)
            return {"batchItemFailures": [{"itemIdentifier": group[0].sequence}]}
    return {"batchItemFailures": []}


def _read(change: dict[str, Any]) -> Change:
    old, new = change.get("OldImage"), change.get("NewImage")
    key = Key(**from_wire(change["Keys"]))
    return Change(change["SequenceNumber"], key, from_wire(old) if old else None, from_wire(new) if new else None)
