"""Pending events: an item that a use case writes contains which events the write means.

The attribute `outbox` is `EventName:event_id`, space-separated for several events. So one conditional write stores the state
and its events, and there is no outbox table. `relay` publishes them from the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import NewId
from services.shared.kernel.observability import correlation_id
from services.shared.messaging.events import Event
from services.shared.table.items import Item


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event in the `outbox` of an item.

    version: of the item, which orders the events of an entity. occurred_at: the time of the write.
    """

    name: str
    event_id: str
    correlation_id: str
    version: int
    occurred_at: datetime

    def envelope(self, entity_id: str) -> dict[str, Any]:
        """Return the arguments that every event class has."""
        return {
            "id": self.event_id,
            "entity_id": entity_id,
            "entity_version": self.version,
            "occurred_at": self.occurred_at,
            "correlation_id": self.correlation_id,
        }


EventBuilder = Callable[[Item, PendingEvent], Event]
Publications = Mapping[str, EventBuilder]


def pending_events(new_id: NewId, at: datetime, *events: type[Event]) -> Item:
    """Return the attributes that make these events pending on an item, instead of earlier ones.

    at: the time of the events. It is not the item's version: a version is an order, and can be ahead of the clock.
    """
    pending = " ".join(f"{event.name()}:{new_id('evt')}" for event in events)
    return {"outbox": pending, "event_time": millis(at), "correlation_id": correlation_id()}


def pending_events_of(item: Item) -> list[PendingEvent]:
    entries = (entry.split(":") for entry in item.get("outbox", "").split())
    return [
        PendingEvent(name, event_id, item["correlation_id"], item["version"], from_millis(item["event_time"]))
        for name, event_id in entries
    ]


def new_pending_events(new: Item, old: Item | None) -> list[PendingEvent]:
    """Return the pending events that a write added: those that the old image does not have."""
    known = {pending.event_id for pending in pending_events_of(old)} if old else set()
    return [pending for pending in pending_events_of(new) if pending.event_id not in known]
