"""The functions of the chat service that no user calls: relay, stream and schedules.

They are apart from `app`, so that their cold start does not load the HTTP layer.
"""

from __future__ import annotations

from typing import Any

from services.chat import usecases, wiring
from services.chat.publications import PUBLICATIONS
from services.chat.usecases.stream import MAX_GROUP, stream_steps
from services.shared.kernel.clock import utc_now
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import SCHEDULE_RESERVE, STREAM_RESERVE, has_time
from services.shared.messaging.relay import relay as relay_changes
from services.shared.messaging.stream import process_stream
from services.shared.security.anchors import anchor_heads


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish the pending events of the table's stream to the event bus."""
    left = has_time(context, STREAM_RESERVE)
    return relay_changes(event, PUBLICATIONS, wiring.bus(), wiring.failures().put_record, has_time=left)


def on_change(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Derive the heads of rooms from the stream's changes of messages."""
    steps, left = stream_steps(wiring.ports()), has_time(context, STREAM_RESERVE)
    return process_stream(event, steps, wiring.failures().put_record, size=MAX_GROUP, has_time=left)


def on_schedule(event: dict[str, Any], context: Any) -> None:
    """Take steps of the service's jobs, every minute."""
    steps = usecases.handle_jobs(wiring.ports(), has_time(context, SCHEDULE_RESERVE))
    logger().info("schedule", steps=steps)


def on_hour(event: dict[str, Any], context: Any) -> None:
    """Anchor the audit heads of past hours, every hour."""
    anchor_heads(wiring.table(), wiring.archive(), "chat", utc_now(), has_time(context, STREAM_RESERVE))
