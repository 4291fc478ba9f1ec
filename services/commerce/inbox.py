"""The inbox of the commerce service: events of other services."""

from __future__ import annotations

from typing import Any

from services.commerce import wiring
from services.commerce.subscriptions import SUBSCRIPTIONS
from services.shared.messaging.inbox import process_batch


def on_inbox(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Apply each message of the inbox queue."""
    return process_batch(event, context, SUBSCRIPTIONS, wiring.ports())
