"""Counters that are folded from the stream instead of being written by every request.

A group of changes and the marker that it was counted are one transaction. The stream comes again from the same record
after a failure, so a marker named by a group's first record tells a repeat, also when the group reaches further
this time. It relies on a repeat not being cut shorter and then gone on with from its middle: the mappings of folding
functions must not bisect, which tests/infra asserts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.shared.kernel.clock import millis
from services.shared.kernel.ids import NewId
from services.shared.messaging.stream import Change
from services.shared.table.port import (
    ABSENT,
    ConditionFailed,
    Item,
    Key,
    Put,
    Table,
    Update,
)

MARKER_LIFETIME = timedelta(days=2)  # a stream keeps its records for one
Updates = Callable[[Sequence[Change]], list[Update]]
Record = Callable[[Sequence[Change]], Item]


def aggregate(
    table: Table, changes: Sequence[Change], updates_of: Updates, *, at: datetime, new_id: NewId, record: Record | None = None
) -> None:
    """Count a group of changes, once. A counter whose item is not there (by its update's condition) is dropped. The marker is
    forgotten after two days, or is the `record` of what was counted, which stays: then the counters can be counted again."""
    dropped: set[Key] = set()
    while changes:
        updates = [update for update in updates_of(changes) if update.key not in dropped]
        marker = _marker(changes, record(changes) if record else _fleeting(changes, at))
        if not updates:  # they cancel out; yet some of them may have been counted before, by a group that reached less far
            told = table.get(marker.key, consistent_read=True)
            if told is None:
                return
            changes = _after(changes, told["last"])
            continue
        try:
            table.transact([marker, *updates], token=new_id("txn"))
            return
        except ConditionFailed as failed:
            if failed.index == 0:
                changes = _after(changes, (failed.old or {})["last"])
            else:
                dropped.add(updates[failed.index - 1].key)


def _marker(changes: Sequence[Change], item: Item) -> Put:
    return Put({**item, "last": changes[-1].sequence}, ABSENT)


def _fleeting(changes: Sequence[Change], at: datetime) -> Item:
    return {"pk": f"FOLD#{changes[0].sequence}", "sk": "FOLD", "expires_at": millis(at + MARKER_LIFETIME) // 1000}


def _after(changes: Sequence[Change], last: str) -> Sequence[Change]:
    places = [index for index, change in enumerate(changes) if change.sequence == last]
    return changes[places[0] + 1 :] if places else ()
