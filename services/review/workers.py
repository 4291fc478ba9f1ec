"""The functions of the review service that no user calls: relay, stream and schedules.

They are apart from `app`, so that their cold start does not load the HTTP layer.
"""

from __future__ import annotations

from typing import Any

from services.review import usecases, wiring
from services.review.publications import PUBLICATIONS
from services.shared.kernel.clock import utc_now
from services.shared.kernel.observability import logger
from services.shared.messaging.relay import relay as relay_changes
from services.shared.messaging.stream import process_stream
from services.shared.security.anchors import anchor_heads
from services.shared.security.audit import audited


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish the pending events of the table's stream to the event bus."""
    return relay_changes(event, PUBLICATIONS, wiring.bus(), wiring.failures().put_record)


def on_change(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Derive audit entries, applicants' slots, tenures, flags and metrics from the table stream."""
    set_aside = audited(wiring.table(), wiring.failures().put_record)
    return process_stream(event, usecases.stream_steps(wiring.ports()), set_aside)


def on_schedule(event: dict[str, Any], context: Any) -> None:
    """Advance what is due, every minute."""
    logger().info("schedule", advanced=usecases.handle_schedule(wiring.ports()))


def on_hour(event: dict[str, Any], context: Any) -> None:
    """Anchor the audit heads of past hours, every hour."""
    logger().info("anchored", heads=anchor_heads(wiring.table(), wiring.archive(), "review", utc_now()))
