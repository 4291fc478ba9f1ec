"""The event of the files that a service wrote for a data export; each service has an event class of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from services.shared.messaging.events import ExportedPart, PartsExported, PartsExportedData
from services.shared.messaging.outbox import PendingEvent
from services.shared.table.items import Item

Exported = TypeVar("Exported", bound=PartsExported)


def parts_event_builder(event: type[Exported]) -> Callable[[Item, PendingEvent], Exported]:
    """Return the function that builds `event` from the item of the files (`services.shared.exports.jobs`)."""
    return lambda item, pending: event(**pending.envelope(item["export_id"]), data=_data(item))


def _data(item: Item) -> PartsExportedData:
    return PartsExportedData(
        export_id=item["export_id"],
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        parts=[ExportedPart(name=name, lines=lines, sha256=sha256) for name, lines, sha256 in item["parts"]],
        pictures=item.get("pictures", 0),
    )
