"""The functions of the chat service that no user calls: relay, stream and schedules.

They are apart from `app`, so that their cold start does not load the HTTP layer.
"""

from __future__ import annotations

from datetime import timedelta
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
from services.shared.security.audit import audited

JOBS_TIME = timedelta(seconds=15)  # that the schedule leaves to the jobs


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish the pending events of the table's stream to the event bus."""
    left = has_time(context, STREAM_RESERVE)
    return relay_changes(event, PUBLICATIONS, wiring.bus(), wiring.failures().put_record, has_time=left)


def on_change(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Derive audit entries, heads of rooms and earlier texts from the stream's changes of messages; push what changed."""
    set_aside = audited(wiring.table(), wiring.failures().put_record)
    steps, left = stream_steps(wiring.ports()), has_time(context, STREAM_RESERVE)
    return process_stream(event, steps, set_aside, size=MAX_GROUP, has_time=left)


def on_push(event: dict[str, Any], context: Any) -> None:
    """Push a part of what another function pushes to a room with more connections than one function can reach in time."""
    usecases.push_part(wiring.ports(), usecases.PushPart(**event))


def on_schedule(event: dict[str, Any], context: Any) -> None:
    """Send the web pushes that are due, then take steps of the service's jobs, every minute."""
    ports = wiring.ports()
    pushes = usecases.send_due_pushes(ports, has_time(context, JOBS_TIME + SCHEDULE_RESERVE))
    steps = usecases.handle_jobs(ports, has_time(context, SCHEDULE_RESERVE))
    logger().info("schedule", pushes=pushes, steps=steps)


def on_hour(event: dict[str, Any], context: Any) -> None:
    """Anchor the audit heads of past hours, every hour."""
    anchor_heads(wiring.table(), wiring.archive(), "chat", utc_now(), has_time(context, STREAM_RESERVE))
