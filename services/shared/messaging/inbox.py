"""Processing of the inbox queue: each message is parsed to an event and handled by its subscription.

A message that fails returns to the queue alone; the others of its batch are done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from services.shared.kernel.observability import correlation_scope, logger
from services.shared.messaging.events import Event, parse_event

Subscriptions = Mapping[type[Event], Callable[..., None]]


class InboxProcessor(BatchProcessor):
    """The batch processor of Powertools, which also logs the type of an error.

    The text of the error is not logged: it can quote what a user wrote.
    """

    def failure_handler(self, record: Any, exception: Any) -> Any:
        logger().warning("message failed", message_id=record.message_id, error_type=exception[0].__name__)
        return super().failure_handler(record, exception)


def process_batch(batch: dict[str, Any], context: Any, subscriptions: Subscriptions, ports: Any) -> dict[str, Any]:
    """Call the subscription of each event in an SQS batch, and return the messages that failed.

    Delivery is at least once and unordered, so a subscription must be idempotent by the version of the event. A message that
    fails repeatedly is moved to the dead-letter queue.
    """

    def handle(record: Any) -> None:
        event = parse_event(json.loads(record["body"])["detail"])
        with correlation_scope(event.correlation_id):
            subscriptions[type(event)](ports, event)
            logger().info("event processed", event_name=event.name(), event_id=event.id, entity_id=event.entity_id)

    processor = InboxProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event=batch, record_handler=handle, processor=processor, context=context))
