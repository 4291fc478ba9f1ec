"""What no person calls of the chat service: its relay.

Apart from `app.py`, so that it starts without the HTTP edge."""

from __future__ import annotations

from typing import Any

from services.chat import wiring
from services.chat.publications import PUBLICATIONS
from services.shared.messaging.relay import relay as relay_changes


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Table stream -> bus."""
    return relay_changes(event, PUBLICATIONS, wiring.bus())
