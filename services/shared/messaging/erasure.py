"""The event that a service has erased a user; each service has an event class of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from services.shared.messaging.events import UserErased, UserErasedData
from services.shared.messaging.outbox import PendingEvent
from services.shared.table.items import Item

Erased = TypeVar("Erased", bound=UserErased)


def erased_event_builder(event: type[Erased]) -> Callable[[Item, PendingEvent], Erased]:
    """Return the function that builds `event` from the tombstone of the user (`services.shared.erasure.jobs`)."""
    return lambda item, pending: event(**pending.envelope(item["user_id"]), data=UserErasedData(user_id=item["user_id"]))
