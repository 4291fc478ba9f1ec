"""The function of the chat service that no user calls: the relay.

It is apart from `app`, so that its cold start does not load the HTTP layer.
"""

from __future__ import annotations

from typing import Any

from services.chat import wiring
from services.chat.publications import PUBLICATIONS
from services.shared.kernel.remaining_time import STREAM_RESERVE, has_time
from services.shared.messaging.relay import relay as relay_changes


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish the pending events of the table's stream to the event bus."""
    left = has_time(context, STREAM_RESERVE)
    return relay_changes(event, PUBLICATIONS, wiring.bus(), wiring.failures().put_record, has_time=left)
