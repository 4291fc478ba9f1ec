"""Counters that are aggregated from the table's stream, so that a request does not write them.

A group of changes and the marker that it was counted are one transaction. After a failure, Lambda delivers the stream again
from the same record. So a marker with the sequence number of the group's first record identifies a repeat, also if the
group has more records this time. If Lambda cuts the repeat into shorter batches, those after the first are counted twice. So
functions that aggregate groups do not bisect batches (tests/infra asserts it), and a nightly recount corrects the rest
(decision 30). The ledger has a marker per entry instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.shared.kernel.clock import millis
from services.shared.kernel.ids import NewId
from services.shared.messaging.stream import Change
from services.shared.table.items import ABSENT, Item, Key, Put, Update
from services.shared.table.port import ConditionFailed, Table

MARKER_LIFETIME = timedelta(days=2)  # a stream keeps its records for one day
Updates = Callable[[Sequence[Change]], list[Update]]
Record = Callable[[Sequence[Change]], Item]


def aggregate(
    table: Table, changes: Sequence[Change], updates_of: Updates, *, at: datetime, new_id: NewId, record: Record | None = None
) -> None:
    """Add a group of changes to its counters, each change once.

    An update is skipped if its condition fails: its counter does not exist.
    record: the item that stores what was counted, so that counters can be recomputed; it replaces the marker, which expires
    after 2 days.
    """
    skipped: set[Key] = set()
    while changes:
        updates = [update for update in updates_of(changes) if update.key not in skipped]
        marker = _marker(changes, record(changes) if record else _expiring_marker(changes, at))
        if not updates:  # the changes cancel out, but a shorter group may have counted some of them before
            stored = table.get(marker.key, consistent_read=True)
            if stored is None:
                return
            changes = _after(changes, stored["last"])
            continue
        try:
            table.transact([marker, *updates], token=new_id("txn"))
            return
        except ConditionFailed as failed:
            if failed.index == 0:
                changes = _after(changes, (failed.old or {})["last"])
            else:
                # Each try names one failed condition, and a deleted circle has many: at the second, all are looked up.
                skipped |= _missing(table, updates) if skipped else set()
                skipped.add(updates[failed.index - 1].key)


def _missing(table: Table, updates: Sequence[Update]) -> set[Key]:
    """Return the keys of updates with a condition whose item does not exist."""
    conditional = [update.key for update in updates if update.when is not None]
    return {key for key in conditional if table.get(key, consistent_read=True) is None}


def _marker(changes: Sequence[Change], item: Item) -> Put:
    return Put({**item, "last": changes[-1].sequence}, ABSENT)


def _expiring_marker(changes: Sequence[Change], at: datetime) -> Item:
    return {"pk": f"MARKER#{changes[0].sequence}", "sk": "MARKER", "expires_at": millis(at + MARKER_LIFETIME) // 1000}


def _after(changes: Sequence[Change], last: str) -> Sequence[Change]:
    """Return the changes after the one with the sequence number `last`; none if it is not in the group."""
    positions = [index for index, change in enumerate(changes) if change.sequence == last]
    return changes[positions[0] + 1 :] if positions else ()
