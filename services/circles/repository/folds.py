"""Counters that are folded from the stream instead of being written by every request.

A group of changes and the marker that it was counted are one transaction. The stream comes again from the same record
after a failure, so a marker named by a group's first record tells a repeat, however far the group reaches this time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.circles.repository.notes import note_key
from services.circles.repository.passcodes import NETWORK, WINDOW
from services.shared.changes import Change
from services.shared.clock import millis
from services.shared.table import ABSENT, PRESENT, ConditionFailed, Key, Put, Table, Update

MARKER_LIFE = timedelta(days=2)  # a stream keeps its records for one
ALARM = "ALARM"


Counter = tuple[Key, str]


def counter_of(change: Change) -> tuple[Counter, int] | None:
    """Which counter a change moves, and by how much."""
    kind = change.key.sk.partition("#")[0]
    image = change.new or change.old or {}
    if kind in ("LIKE", "COMMENT"):
        return (note_key(image["circle_id"], image["note_id"]), f"{kind.lower()}s"), change.grows
    if change.key.pk.startswith(NETWORK):
        wrong = (change.new or {}).get("wrong", 0) - (change.old or {}).get("wrong", 0)
        return (Key(ALARM, change.key.sk.removeprefix(WINDOW)), "wrong"), max(wrong, 0)
    return None


def tally(changes: Sequence[Change]) -> dict[Counter, int]:
    """How much each counter moves by these changes together."""
    sums: dict[Counter, int] = {}
    for change in changes:
        if found := counter_of(change):
            counter, by = found
            sums[counter] = sums.get(counter, 0) + by
    return {counter: by for counter, by in sums.items() if by}


def fold(table: Table, changes: Sequence[Change], at: datetime) -> None:
    """Count a group of changes, once."""
    dropped: set[Key] = set()
    while changes:
        updates = [update for update in _updates(changes) if update.key not in dropped]
        marker = _marker(changes, at)
        try:
            table.transact([marker, *updates], token=_token(marker, len(dropped)))
            return
        except ConditionFailed as failed:
            if failed.index == 0:
                changes = _after(changes, (failed.old or {})["last"])
            else:
                dropped.add(updates[failed.index - 1].key)  # its note is not there: nothing to count on


def _updates(changes: Sequence[Change]) -> list[Update]:
    """One update an item: likes and comments of a note go together."""
    sums: dict[Key, dict[str, int]] = {}
    for (key, name), by in tally(changes).items():
        sums.setdefault(key, {})[name] = by
    return [Update(key, None if key.pk == ALARM else PRESENT, add=by) for key, by in sums.items()]


def _marker(changes: Sequence[Change], at: datetime) -> Put:
    item = {
        "pk": f"FOLD#{changes[0].sequence}",
        "sk": "FOLD",
        "item_schema": 1,
        "last": changes[-1].sequence,
        "expires_at": millis(at + MARKER_LIFE) // 1000,
    }
    return Put(item, ABSENT)


def _token(marker: Put, dropped: int) -> str:
    name = f"{marker.item['pk']} {marker.item['last']} {dropped} {marker.item['expires_at']}"
    return hashlib.sha256(name.encode()).hexdigest()[:36]


def _after(changes: Sequence[Change], last: str) -> Sequence[Change]:
    places = [index for index, change in enumerate(changes) if change.sequence == last]
    return changes[places[0] + 1 :] if places else ()
