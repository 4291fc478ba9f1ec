"""The inbox functions of the review service: one applies events of other services, one archives facts of product metrics."""

from __future__ import annotations

from typing import Any

from services.review import usecases, wiring
from services.review.subscriptions import ARCHIVED, SUBSCRIPTIONS
from services.shared.kernel.remaining_time import INBOX_RESERVE, has_time
from services.shared.messaging.inbox import failed_messages, parse_batch, process_batch


def on_inbox(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Apply a batch of events from the inbox queue; a message that fails returns to the queue alone."""
    left = has_time(context, INBOX_RESERVE)
    return process_batch(event, SUBSCRIPTIONS, wiring.ports(), wiring.failures().put_message, has_time=left)


def on_facts(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Write the facts of a batch of events to the archive, a file per day; the messages of a day that fails return alone."""
    left = has_time(context, INBOX_RESERVE)
    messages, failed = parse_batch(event, ARCHIVED, wiring.failures().put_message)
    left_out = usecases.archive_facts(wiring.key_ring("metrics"), wiring.facts(), messages, left)
    return failed_messages([*failed, *left_out])
