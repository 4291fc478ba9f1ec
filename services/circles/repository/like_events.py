"""The event that a note was liked. It rides on the update that counts the likes, so it costs no write of its own.

Its id derives from the note and the minute. The relay publishes a pending event once, so each further update of the minute
publishes none. What they count is published once more after the minute, by the schedule: ten likes are at most two events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from services.circles.repository.notes import counted_for, note_key
from services.shared.kernel.clock import from_millis, from_rfc3339, millis, millis_of, rfc3339
from services.shared.kernel.ids import deterministic_id
from services.shared.kernel.observability import correlation_id
from services.shared.messaging.events import NoteLiked
from services.shared.messaging.stream import Change
from services.shared.table.items import PRESENT, Item, Key, Query
from services.shared.table.port import ConditionFailed, Table

LIKED = "LIKED"  # the partition of the notes whose likes are published after their minute
MINUTE = timedelta(minutes=1)
MAX_LIKERS = 3
MAX_NOTES_PER_RUN = 100


def list_new_likers(changes: Sequence[Change]) -> dict[Key, list[str]]:
    """Return by note the last users, other than its author, whose new likes are among the changes."""
    likers: dict[Key, list[str]] = {}
    for change in changes:
        if change.key.sk.startswith("LIKE#") and change.new and not change.old:
            user_id = change.key.pk.rpartition("#")[2]
            if user_id != change.new["author"]:
                key = note_key(*counted_for(change.key.pk, change.new))
                likers[key] = [*likers.get(key, []), user_id][-MAX_LIKERS:]
    return likers


def pending_like_event(note: Key, likers: list[str], at: datetime) -> Item:
    """Return the attributes that make the event of this minute pending on a note."""
    return {"likers": likers, **_pending(note, at, "in the minute")}


def plan_like_event(table: Table, change: Change) -> None:
    """Store that likes were counted after the event of their minute was published. A repeat stores the same item.

    Cost: 1 write unit per note and group of likes, only for the second group of a minute and those after it.
    """
    old, new = change.old or {}, change.new or {}
    pending = str(new.get("outbox", ""))
    is_same_event = pending.startswith(f"{NoteLiked.name()}:") and pending == old.get("outbox")
    if is_same_event and new.get("event_time") != old.get("event_time"):
        due_at = rfc3339(_next_minute(new["event_time"]))
        table.put({**Key(LIKED, f"{due_at}#{new['circle_id']}#{new['id']}").attributes()}, when=None)


def iter_planned(table: Table, at: datetime) -> Iterator[Key]:
    """Yield the planned events that are due, the longest due first."""
    items = table.query(Query(pk=LIKED, last=f"{rfc3339(at)}~", limit=MAX_NOTES_PER_RUN)).items
    return map(Key.of, items)


def publish_planned(table: Table, planned: Key, at: datetime) -> None:
    """Make the event of a minute's end pending on its note, and delete the plan. Nothing happens to a deleted note.

    The event has the likes and the likers of now. After a crash in between, a repeat makes the same event pending.
    Cost: 2 write units.
    """
    due_at, circle_id, note_id = planned.sk.split("#")
    key = note_key(circle_id, note_id)
    pending = _pending(key, from_rfc3339(due_at), "after the minute") | {"event_time": millis(at)}
    with suppress(ConditionFailed):
        table.update(key, set=pending, when=PRESENT)
    table.delete(planned, when=None)


def _pending(note: Key, at: datetime, part: str) -> Item:
    minute = millis(at) // _MINUTE_MILLIS * _MINUTE_MILLIS
    event_id = deterministic_id("evt", minute, NoteLiked.name(), note.pk, note.sk, part)
    return {"outbox": f"{NoteLiked.name()}:{event_id}", "event_time": millis(at), "correlation_id": correlation_id()}


def _next_minute(at_ms: int) -> datetime:
    return from_millis((at_ms // _MINUTE_MILLIS + 1) * _MINUTE_MILLIS)


_MINUTE_MILLIS = millis_of(MINUTE)
