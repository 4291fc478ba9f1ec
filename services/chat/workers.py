"""The relay function: publishes the pending events of the table's stream.

It is apart from `app`, so that its cold start does not load the HTTP edge.
"""

from __future__ import annotations

from typing import Any

from services.chat import wiring
from services.chat.publications import PUBLICATIONS
from services.shared.messaging.relay import relay as relay_changes


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish what a batch of stream records added to the event bus."""
    return relay_changes(event, PUBLICATIONS, wiring.bus())
