"""The inbox function of the review service: applies events of other services."""

from __future__ import annotations

from typing import Any

from services.review import wiring
from services.review.subscriptions import SUBSCRIPTIONS
from services.shared.messaging.inbox import process_batch


def on_inbox(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Apply a batch of events from the inbox queue; a message that fails returns to the queue alone."""
    return process_batch(event, SUBSCRIPTIONS, wiring.ports(), wiring.failures().put_message)
