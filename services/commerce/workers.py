"""The functions of the commerce service that no user calls: relay, stream and schedules.

They are apart from `app`, so that their cold start does not load the HTTP layer.
"""

from __future__ import annotations

from typing import Any

from services.commerce import usecases, wiring
from services.commerce.publications import PUBLICATIONS
from services.commerce.settings import settings
from services.commerce.usecases.stream import MAX_GROUP
from services.shared.kernel.clock import utc_now
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import SCHEDULE_RESERVE, STREAM_RESERVE, has_time
from services.shared.messaging.relay import relay as relay_changes
from services.shared.messaging.stream import process_stream
from services.shared.security.anchors import anchor_heads
from services.shared.table.settings import refresh


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish the pending events of the table's stream to the event bus."""
    left = has_time(context, STREAM_RESERVE)
    return relay_changes(event, PUBLICATIONS, wiring.bus(), wiring.failures().put_record, has_time=left)


def on_change(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Aggregate the ledger's balances from the table's stream."""
    steps, left = usecases.stream_steps(wiring.ports()), has_time(context, STREAM_RESERVE)
    return process_stream(event, steps, wiring.failures().put_record, size=MAX_GROUP, has_time=left)


def on_schedule(event: dict[str, Any], context: Any) -> None:
    """Move due orders, then take steps of the service's jobs, every minute."""
    ports, left = wiring.ports(), has_time(context, SCHEDULE_RESERVE)
    moved = usecases.handle_schedule(ports, left)
    logger().info("schedule", moved_orders=moved, steps=usecases.handle_jobs(ports, left))


def on_hour(event: dict[str, Any], context: Any) -> None:
    """Anchor the audit heads of past hours, and plan the reconciliation of a past day, every hour."""
    refresh(settings, wiring.table(), utc_now())
    usecases.plan_reconciliation(wiring.table(), utc_now())
    anchor_heads(wiring.table(), wiring.archive(), "commerce", utc_now(), has_time(context, STREAM_RESERVE))
