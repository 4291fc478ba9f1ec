"""The functions of the review service that no user calls: relay, stream and schedules.

They are apart from `app`, so that their cold start does not load the HTTP layer.
"""

from __future__ import annotations

from typing import Any

from services.review import usecases, wiring
from services.review.publications import PUBLICATIONS
from services.review.usecases.stream import MAX_GROUP
from services.shared.kernel.clock import utc_now
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import SCHEDULE_RESERVE, STREAM_RESERVE, has_time
from services.shared.messaging.relay import relay as relay_changes
from services.shared.messaging.stream import process_stream
from services.shared.security.anchors import anchor_heads
from services.shared.security.audit import audited


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish the pending events of the table's stream to the event bus."""
    left = has_time(context, STREAM_RESERVE)
    return relay_changes(event, PUBLICATIONS, wiring.bus(), wiring.failures().put_record, has_time=left)


def on_change(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Derive audit entries, applicants' slots, tenures, fingerprints and metrics from the table stream."""
    set_aside = audited(wiring.table(), wiring.failures().put_record)
    steps, left = usecases.stream_steps(wiring.ports()), has_time(context, STREAM_RESERVE)
    return process_stream(event, steps, set_aside, size=MAX_GROUP, has_time=left)


def on_schedule(event: dict[str, Any], context: Any) -> None:
    """Advance what is due, then take steps of the service's jobs, every minute."""
    ports, left = wiring.ports(), has_time(context, SCHEDULE_RESERVE)
    advanced = usecases.handle_schedule(ports, left)
    logger().info("schedule", advanced=advanced, steps=usecases.handle_jobs(ports, left))


def on_hour(event: dict[str, Any], context: Any) -> None:
    """Anchor the audit heads of past hours, every hour."""
    anchor_heads(wiring.table(), wiring.archive(), "review", utc_now(), has_time(context, STREAM_RESERVE))
