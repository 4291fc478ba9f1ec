"""The Lambda handler of the inbox queue: events from other services."""

from __future__ import annotations

from typing import Any

from services.review import wiring
from services.review.subscriptions import SUBSCRIPTIONS
from services.shared.messaging.inbox import process_batch


def on_inbox(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Apply each event of the batch to the projection that subscribes to it."""
    return process_batch(event, context, SUBSCRIPTIONS, wiring.ports())
