"""The inbox function of the chat service: applies events of other services."""

from __future__ import annotations

from typing import Any

from services.chat import wiring
from services.chat.subscriptions import SUBSCRIPTIONS
from services.shared.kernel.remaining_time import INBOX_RESERVE, has_time
from services.shared.messaging.inbox import process_batch


def on_inbox(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Apply a batch of events from the inbox queue; a message that fails returns to the queue alone."""
    left = has_time(context, INBOX_RESERVE)
    return process_batch(event, SUBSCRIPTIONS, wiring.ports(), wiring.failures().put_message, has_time=left)
