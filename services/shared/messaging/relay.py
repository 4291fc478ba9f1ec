"""The relay: publishes the pending events of a table's stream to the event bus, at least once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from services.shared.kernel.observability import correlation_scope, logger
from services.shared.messaging.events import Event
from services.shared.messaging.failures import MAX_TRIES, SetAside, StreamRecord, is_outage, set_aside_in
from services.shared.messaging.outbox import Publications, new_pending_events, pending_events_of
from services.shared.table.dynamo import from_wire
from services.shared.table.items import Item

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

MAX_ENTRIES = 10  # per PutEvents call (AWS quota)

OUTAGES = {"ThrottlingException", "InternalFailure", "InternalException"}  # of an entry; the event is not the cause

Publish = Callable[[list[Event]], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class Bus:
    """The event bus. `bus(events)` publishes them and returns the error codes of those that failed, by index.

    Raises: what boto3 raises if the whole call failed.
    """

    name: str
    client: EventBridgeClient

    def __call__(self, events: list[Event]) -> Mapping[int, str]:
        try:
            response = self.client.put_events(Entries=[self._entry(event) for event in events])
        except ClientError as error:
            if is_outage(error):
                raise
            if len(events) == 1:
                return {0: error.response["Error"]["Code"]}
            # One entry makes the whole call invalid, or all together are too large.
            return {index: code for index, event in enumerate(events) for code in self([event]).values()}
        if not response["FailedEntryCount"]:
            return {}
        return {index: entry["ErrorCode"] for index, entry in enumerate(response["Entries"]) if "ErrorCode" in entry}

    def _entry(self, event: Event) -> Any:
        detail = json.dumps(event.detail(), ensure_ascii=False)
        return {"EventBusName": self.name, "Source": event.SOURCE, "DetailType": event.name(), "Detail": detail}


def relay(batch: dict[str, Any], publications: Publications, publish: Publish, set_aside: SetAside) -> dict[str, Any]:
    """Publish the events that a batch of stream records added, and set aside the records whose events cannot be published.

    Those are events that cannot be built, and entries that the bus rejected 3 times. Later events are published before them:
    consumers order the events of an entity by version.
    In an outage of the bus, the first record that was not published is returned: Lambda continues there.
    Raises: what `publish` and `set_aside` raise. Then Lambda delivers the whole batch again.
    """
    set_aside = set_aside_in(batch, set_aside)
    unpublished: list[tuple[StreamRecord, Event]] = []
    for record in batch["Records"]:
        try:
            unpublished += [(record, event) for event in _events_of(record, publications)]
        except Exception as error:  # noqa: BLE001 (an event that cannot be built must not stop the others)
            set_aside(record, type(error).__name__)
    for start in range(0, len(unpublished), MAX_ENTRIES):
        chunk = unpublished[start : start + MAX_ENTRIES]
        rejected = _publish(chunk, publish)
        if any(code in OUTAGES for _, code in rejected):
            return {"batchItemFailures": [{"itemIdentifier": chunk[0][0]["dynamodb"]["SequenceNumber"]}]}
        for record, code in rejected:
            set_aside(record, code)
    return {"batchItemFailures": []}


def _events_of(record: StreamRecord, publications: Publications) -> list[Event]:
    change = record["dynamodb"]
    if "NewImage" not in change:
        return []
    old, new = change.get("OldImage"), from_wire(change["NewImage"])
    return [publications[pending.name](new, pending) for pending in new_pending_events(new, from_wire(old) if old else None)]


def _publish(chunk: list[tuple[StreamRecord, Event]], publish: Publish) -> list[tuple[StreamRecord, str]]:
    """Publish events, up to 3 times those that fail; return the records of those that failed, with the last error code."""
    failed: Mapping[int, str] = {}
    for _ in range(MAX_TRIES):
        failed = publish([event for _, event in chunk])
        _log([event for index, (_, event) in enumerate(chunk) if index not in failed])
        if not failed:
            return []
        chunk = [chunk[index] for index in failed]
    return [(record, code) for (record, _), code in zip(chunk, failed.values(), strict=True)]


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
