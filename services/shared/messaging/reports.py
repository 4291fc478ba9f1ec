"""The event of a report of content; each service that shows content has an event class of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from services.shared.messaging.events import ContentReported, ContentReportedData
from services.shared.messaging.outbox import PendingEvent
from services.shared.table.items import Item
from services.shared.table.reports import list_reported_surroundings

NO_USER_ID = "00000000-0000-0000-0000-000000000000"  # the platform reports, or no single user wrote it
Reported = TypeVar("Reported", bound=ContentReported)


def report_event_builder(
    event: type[Reported], data: type[ContentReportedData] = ContentReportedData
) -> Callable[[Item, PendingEvent], Reported]:
    """Return the function that builds `event` from the item of a report (`services.shared.table.reports`).

    data: the class of its data, which can have the surroundings of the content too.
    """
    return lambda item, pending: event(
        **pending.envelope(f"{item['subject_id']}/{item['reporter']}"), data=data.model_validate(_fields_of(item))
    )


def _fields_of(item: Item) -> dict[str, Any]:
    return {
        "service": item["service"],
        "kind": item["kind"],
        "subject_id": item["subject_id"],
        "circle_id": item["circle_id"],
        "author_id": item["author"],
        "reporter_id": item["reporter"],
        "reason": item["reason"],
        "text": item["text"],
        "evidence": item["evidence"],
        "revision": item["revision"],
        "surroundings": list_reported_surroundings(item),
    }
