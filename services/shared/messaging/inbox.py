"""Processing of the inbox queue: each message is parsed to an event and handled by its subscription.

A message that fails returns to the queue alone; the others of its batch are done. A message that no retry can process goes to
the dead-letter queue at once, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from services.shared.kernel.observability import correlation_scope, logger
from services.shared.messaging.events import Event, EventInvalid, parse_event

Subscriptions = Mapping[type[Event], Callable[..., None]]
SetMessageAside = Callable[[str, str], None]  # gets the body and the reason


class InboxProcessor(BatchProcessor):
    """The batch processor of Powertools, which also logs the type of an error.

    The text of the error is not logged: it can quote what a user wrote.
    """

    def failure_handler(self, record: Any, exception: Any) -> Any:
        logger().warning("message failed", message_id=record.message_id, error_type=exception[0].__name__)
        return super().failure_handler(record, exception)


def process_batch(
    batch: dict[str, Any], context: Any, subscriptions: Subscriptions, ports: Any, set_aside: SetMessageAside
) -> dict[str, Any]:
    """Call the subscription of each event in an SQS batch, and return the messages that failed.

    Delivery is at least once and unordered, so a subscription must be idempotent by the version of the event. A message that
    fails repeatedly is moved to the dead-letter queue. A message that no retry can process is set aside there at once.
    """

    def handle(record: Any) -> None:
        try:
            event = _parse(record["body"], subscriptions)
        except EventInvalid as invalid:
            set_aside(record["body"], str(invalid))
            return
        with correlation_scope(event.correlation_id):
            subscriptions[type(event)](ports, event)
            logger().info("event processed", event_name=event.name(), event_id=event.id, entity_id=event.entity_id)

    processor = InboxProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event=batch, record_handler=handle, processor=processor, context=context))


def _parse(body: str, subscriptions: Subscriptions) -> Event:
    try:
        detail = json.loads(body)["detail"]
    except (ValueError, KeyError, TypeError):
        raise EventInvalid("no event in the message") from None
    event = parse_event(detail)
    if type(event) not in subscriptions:
        raise EventInvalid(f"no subscription to {event.name()}")
    return event
