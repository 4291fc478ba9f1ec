"""The relay: publishes the pending events of a table's stream to the event bus, at least once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.shared.kernel.observability import correlation_scope, logger
from services.shared.messaging.events import Event
from services.shared.messaging.outbox import Publications, new_pending_events, pending_events_of
from services.shared.table.dynamo import from_wire
from services.shared.table.port import Item

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

MAX_ENTRIES = 10  # per PutEvents call (AWS quota)

Publish = Callable[[list[Event]], set[int]]


@dataclass(frozen=True, slots=True)
class Bus:
    """The event bus. `bus(events)` publishes them and returns the indexes of those that failed."""

    name: str
    client: EventBridgeClient

    def __call__(self, events: list[Event]) -> set[int]:
        entries: list[Any] = [
            {
                "EventBusName": self.name,
                "Source": event.SOURCE,
                "DetailType": event.name(),
                "Detail": json.dumps(event.detail(), ensure_ascii=False),
            }
            for event in events
        ]
        response = self.client.put_events(Entries=entries)
        if not response["FailedEntryCount"]:
            return set()
        return {index for index, entry in enumerate(response["Entries"]) if "ErrorCode" in entry}


def relay(batch: dict[str, Any], publications: Publications, publish: Publish) -> dict[str, Any]:
    """Publish the events that a batch of stream records added, in order; return the first failed record.

    Lambda continues with the failed record, so later events can be published twice; consumers ignore them by their version.
    """
    unpublished: list[tuple[str, Event]] = []
    for record in batch["Records"]:
        change = record["dynamodb"]
        old = change.get("OldImage")
        new = from_wire(change["NewImage"])
        for pending in new_pending_events(new, from_wire(old) if old else None):
            unpublished.append((change["SequenceNumber"], publications[pending.name](new, pending)))
    for start in range(0, len(unpublished), MAX_ENTRIES):
        chunk = unpublished[start : start + MAX_ENTRIES]
        failed = publish([event for _, event in chunk])
        _log([event for index, (_, event) in enumerate(chunk) if index not in failed])
        if failed:
            return {"batchItemFailures": [{"itemIdentifier": chunk[min(failed)][0]}]}
    return {"batchItemFailures": []}


def republish(items: Iterable[Item], publications: Publications, publish: Publish) -> int:
    """Publish the events of these items again, with the same event ids, and return their number.

    For `make republish`, after a stream record was lost. It is safe at any time: consumers ignore what is not newer.
    """
    events = [publications[pending.name](item, pending) for item in items for pending in pending_events_of(item)]
    for start in range(0, len(events), MAX_ENTRIES):
        if publish(events[start : start + MAX_ENTRIES]):
            raise RuntimeError("the bus did not accept an entry; run it again")
    return len(events)


def _log(events: list[Event]) -> None:
    for event in events:
        with correlation_scope(event.correlation_id):
            logger().info("published", event_name=event.name(), event_id=event.id, entity_id=event.entity_id)
