"""Processing of the inbox queue: each message is parsed to an event and handled by its subscription.

A message that fails returns to the queue alone; the others of its batch are done. A message that no retry can process goes to
the dead-letter queue at once, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from services.shared.kernel.observability import correlation_scope, logger
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.events import Event, EventInvalid, parse_event

Subscriptions = Mapping[type[Event], Callable[..., None]]
SetMessageAside = Callable[[str, str], None]  # gets the body and the reason


def process_batch(
    batch: dict[str, Any], subscriptions: Subscriptions, ports: Any, set_aside: SetMessageAside, *, has_time: HasTime = always
) -> dict[str, Any]:
    """Call the subscription of each event in an SQS batch, and return the messages that failed.

    Delivery is at least once and unordered, so a subscription must be idempotent by the version of the event. A message that
    fails repeatedly is moved to the dead-letter queue. A message that no retry can process is set aside there at once.
    Without time, the messages that are left return to the queue. The first one is always processed.
    """
    failed = []
    # By hand: the batch processor of Powertools is a fifth of a cold start (decision 14).
    for number, record in enumerate(batch["Records"]):
        if number and not has_time():
            failed += [{"itemIdentifier": left["messageId"]} for left in batch["Records"][number:]]
            logger().warning("messages left for later", left=len(batch["Records"]) - number)
            break
        try:
            _process_message(record["body"], subscriptions, ports, set_aside)
        except Exception as error:  # noqa: BLE001 (one message that fails is retried; the others of the batch succeed)
            # Without the text of the error: it can quote what a user wrote.
            logger().warning("message failed", message_id=record["messageId"], error_type=type(error).__name__)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def parse_batch(
    batch: dict[str, Any], known: Collection[type[Event]], set_aside: SetMessageAside
) -> tuple[list[tuple[str, Event]], list[str]]:
    """Return the events of an SQS batch that are processed together, each with the id of its message, and the ids that failed.

    known: the classes of the events. A message that no retry can process is set aside in the dead-letter queue.
    """
    messages: list[tuple[str, Event]] = []
    failed: list[str] = []
    for record in batch["Records"]:
        try:
            messages.append((record["messageId"], _parse(record["body"], known)))
        except EventInvalid as invalid:
            try:
                set_aside(record["body"], str(invalid))
            except Exception as error:  # noqa: BLE001 (the message returns to the queue; the others of the batch succeed)
                logger().warning("message failed", message_id=record["messageId"], error_type=type(error).__name__)
                failed.append(record["messageId"])
    return messages, failed


def failed_messages(ids: Collection[str]) -> dict[str, Any]:
    """Return the response after which only these messages return to the queue."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in ids]}


def _process_message(body: str, subscriptions: Subscriptions, ports: Any, set_aside: SetMessageAside) -> None:
    try:
        event = _parse(body, subscriptions)
    except EventInvalid as invalid:
        set_aside(body, str(invalid))
        return
    with correlation_scope(event.correlation_id):
        subscriptions[type(event)](ports, event)
        logger().info("event processed", event_name=event.name(), event_id=event.id, entity_id=event.entity_id)


def _parse(body: str, known: Collection[type[Event]]) -> Event:
    try:
        detail = json.loads(body)["detail"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise EventInvalid("no event in the message") from None
    event = parse_event(detail)
    if type(event) not in known:
        raise EventInvalid(f"no subscription to {event.name()}")
    return event
