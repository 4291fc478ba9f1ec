"""SQS batch -> typed event -> use case. A message that fails goes back alone; its neighbours pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from services.shared.kernel.observability import correlation_scope, logger
from services.shared.messaging.events import Event, parse_event

Subscriptions = Mapping[type[Event], Callable[..., None]]


class InboxProcessor(BatchProcessor):
    """Powertools' batch processor that says why a message failed, by the error's type: its text may hold people's words."""

    def failure_handler(self, record: Any, exception: Any) -> Any:
        logger().warning("message failed", message_id=record.message_id, error_type=exception[0].__name__)
        return super().failure_handler(record, exception)


def process_batch(batch: dict[str, Any], context: Any, subscriptions: Subscriptions, ports: Any) -> dict[str, Any]:
    """Hand each message of an SQS batch to the use case that subscribed to its event. Delivery is at least once and
    unordered: use cases are idempotent by version. What fails again and again ends in the dead-letter queue."""

    def handle(record: Any) -> None:
        event = parse_event(json.loads(record["body"])["detail"])
        with correlation_scope(event.correlation_id):
            subscriptions[type(event)](ports, event)
            logger().info("received", event_name=event.name(), event_id=event.id, entity_id=event.entity_id)

    processor = InboxProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event=batch, record_handler=handle, processor=processor, context=context))
