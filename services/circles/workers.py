"""The functions of the circles service that no user calls: relay, stream and schedules.

They are apart from `app`, so that their cold start does not load the HTTP layer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.circles import usecases, wiring
from services.circles.publications import PUBLICATIONS
from services.circles.usecases.stream import MAX_GROUP
from services.shared.kernel.clock import utc_now
from services.shared.kernel.remaining_time import SCHEDULE_RESERVE, STREAM_RESERVE, has_time
from services.shared.messaging.relay import relay as relay_changes
from services.shared.messaging.stream import process_stream
from services.shared.security.anchors import anchor_heads
from services.shared.security.audit import audited

RECOUNT_TIME = timedelta(seconds=15)  # that the schedule leaves to the recount


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish the pending events of the table's stream to the event bus."""
    left = has_time(context, STREAM_RESERVE)
    return relay_changes(event, PUBLICATIONS, wiring.bus(), wiring.failures().put_record, has_time=left)


def on_schedule(event: dict[str, Any], context: Any) -> None:
    """Process due circles and running exports, then recount counters, every minute."""
    ports = wiring.ports()
    usecases.handle_schedule(ports, has_time(context, RECOUNT_TIME + SCHEDULE_RESERVE))
    usecases.recount_counters(ports, has_time(context, SCHEDULE_RESERVE))


def on_change(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Derive counters, audit entries, revisions, highlights, quarantines, a metric and the guessing alarm from the stream."""
    set_aside = audited(wiring.table(), wiring.failures().put_record)
    steps, left = usecases.stream_steps(wiring.ports()), has_time(context, STREAM_RESERVE)
    return process_stream(event, steps, set_aside, size=MAX_GROUP, has_time=left)


def on_hour(event: dict[str, Any], context: Any) -> None:
    """Anchor the audit heads of past hours, every hour."""
    anchor_heads(wiring.table(), wiring.archive(), "circles", utc_now(), has_time(context, STREAM_RESERVE))
