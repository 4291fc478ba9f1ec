"""The relay: publishes the pending events of a table's stream to the event bus, at least once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from services.shared.kernel.observability import correlation_scope, logger
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.events import Event
from services.shared.messaging.failures import MAX_TRIES, RECORD_ERRORS, SetAside, StreamRecord, is_outage, set_aside_in
from services.shared.messaging.outbox import Publications, new_pending_events, pending_events_of
from services.shared.messaging.stream import continue_at
from services.shared.table.dynamo import from_wire
from services.shared.table.items import Item

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

MAX_ENTRIES = 10  # per PutEvents call (AWS quota)

# The codes of an entry whose event is the cause. All others, also a missing permission, are an outage of the bus.
EVENT_ERRORS = RECORD_ERRORS | {"InvalidArgument", "MalformedDetail", "RedactionFailure"}

Publish = Callable[[list[Event]], Mapping[int, str]]


class BusUnavailable(Exception):
    """The bus rejected an entry, and the event is not the cause."""


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


def relay(
    batch: dict[str, Any], publications: Publications, publish: Publish, set_aside: SetAside, *, has_time: HasTime = always
) -> dict[str, Any]:
    """Publish the events that a batch of stream records added, and set aside the records whose events cannot be published.

    Those are events that cannot be built, and entries that the bus rejected 3 times. Later events are published before them:
    consumers order the events of an entity by version.
    In an outage, the first of 10 records is returned: Lambda continues there. Then none of the 10 is set aside, so that the
    next tries do not set a record aside again. An error would let Lambda bisect the batch down to single records.
    Without time for the next 10, the first of them is returned too; the first 10 are always published.
    Raises: RedriveFailed.
    """
    records, set_aside = batch["Records"], set_aside_in(batch, set_aside)
    for start in range(0, len(records), MAX_ENTRIES):
        part = records[start : start + MAX_ENTRIES]
        if start and not has_time():
            logger().warning("relay continues later", left=len(records) - start)
            return continue_at(part[0])
        try:
            for record, reason in _relay_part(part, publications, publish):
                set_aside(record, reason)
        except Exception as error:
            if not is_outage(error) and not isinstance(error, BusUnavailable):
                raise
            logger().warning("events not published", error_type=type(error).__name__)
            return continue_at(part[0])
    return {"batchItemFailures": []}


def _relay_part(records: list[StreamRecord], publications: Publications, publish: Publish) -> list[tuple[StreamRecord, str]]:
    """Publish the events of some records; return those that failed, each once, with the reason.

    Raises: BusUnavailable, and what `publish` raises.
    """
    events: list[tuple[StreamRecord, Event]] = []
    failed: list[tuple[StreamRecord, str]] = []
    for record in records:
        try:
            events += [(record, event) for event in _events_of(record, publications)]
        except Exception as error:  # noqa: BLE001 (an event that cannot be built must not stop the others)
            failed.append((record, type(error).__name__))
    for start in range(0, len(events), MAX_ENTRIES):
        chunk = events[start : start + MAX_ENTRIES]
        rejected = _publish([event for _, event in chunk], publish)
        _log([event for index, (_, event) in enumerate(chunk) if index not in rejected])
        if not EVENT_ERRORS.issuperset(rejected.values()):
            raise BusUnavailable
        failed += [(chunk[index][0], code) for index, code in rejected.items()]
    return list({id(record): (record, reason) for record, reason in failed}.values())


def _events_of(record: StreamRecord, publications: Publications) -> list[Event]:
    change = record["dynamodb"]
    if "NewImage" not in change:
        return []
    old, new = change.get("OldImage"), from_wire(change["NewImage"])
    return [publications[pending.name](new, pending) for pending in new_pending_events(new, from_wire(old) if old else None)]


def _publish(events: list[Event], publish: Publish) -> dict[int, str]:
    """Publish events, up to 3 times those that fail; return the last error codes of those that failed, by index."""
    rejected = dict.fromkeys(range(len(events)), "")
    for _ in range(MAX_TRIES):
        waiting = list(rejected)
        codes = publish([events[index] for index in waiting])
        rejected = {waiting[index]: code for index, code in codes.items()}
        if not rejected:
            break
    return rejected


def republish(
    items: Iterable[Item], publications: Publications, publish: Publish, report: Callable[[Item, str], object]
) -> int:
    """Publish the events of these items again, with the same event ids, and return their number.

    For `make republish`, after a stream record was lost. It is safe at any time: consumers ignore what is not newer.
    report: gets each item with an event that cannot be published, and the reason. The others are published.
    """
    events: list[tuple[Item, Event]] = []
    for item in items:
        try:
            events += [(item, publications[pending.name](item, pending)) for pending in pending_events_of(item)]
        except Exception as error:  # noqa: BLE001 (an event that cannot be built must not stop the others)
            report(item, type(error).__name__)
    count = len(events)
    for start in range(0, len(events), MAX_ENTRIES):
        chunk = events[start : start + MAX_ENTRIES]
        rejected = _publish([event for _, event in chunk], publish)
        count -= len(rejected)
        for index, code in rejected.items():
            report(chunk[index][0], code)
    return count


def _log(events: list[Event]) -> None:
    for event in events:
        with correlation_scope(event.correlation_id):
            logger().info("published", event_name=event.name(), event_id=event.id, entity_id=event.entity_id)
