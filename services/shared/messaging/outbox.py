"""A fact rides on the item: the item a use case writes says which events it means.

`facts` is `EventName:event_id`, space-separated where one write means two. State and event are one conditional write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.shared.kernel.clock import from_millis
from services.shared.kernel.ids import NewId
from services.shared.kernel.observability import correlation_id
from services.shared.messaging.events import Event
from services.shared.table.port import Item


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """One event an item carries; `version` and `occurred_at` are the item's."""

    name: str
    event_id: str
    correlation_id: str
    version: int

    @property
    def occurred_at(self) -> datetime:
        return from_millis(self.version)

    def envelope(self, entity_id: str) -> dict[str, Any]:
        """The arguments every event class shares."""
        return {
            "id": self.event_id,
            "entity_id": entity_id,
            "entity_version": self.version,
            "occurred_at": self.occurred_at,
            "correlation_id": self.correlation_id,
        }


Builder = Callable[[Item, PendingEvent], Event]
Publications = Mapping[str, Builder]


def with_pending_events(item: Item, new_id: NewId, *events: type[Event]) -> Item:
    """The item carrying these facts, in place of what it carried. It must have a `version` in ms."""
    pending_events = " ".join(f"{event.name()}:{new_id('evt')}" for event in events)
    return {**item, "outbox": pending_events, "correlation_id": correlation_id()}


def pending_events_of(item: Item) -> list[PendingEvent]:
    entries = (entry.split(":") for entry in item.get("outbox", "").split())
    return [PendingEvent(name, event_id, item["correlation_id"], item["version"]) for name, event_id in entries]


def new_pending_events(new: Item, old: Item | None) -> list[PendingEvent]:
    """The facts that this write added: those the old image did not have."""
    known = {pending.event_id for pending in pending_events_of(old)} if old else set()
    return [pending for pending in pending_events_of(new) if pending.event_id not in known]
