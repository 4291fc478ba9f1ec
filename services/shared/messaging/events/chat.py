"""What chat tells: reports. Messages go to their readers directly, not over the bus."""

from __future__ import annotations

from services.shared.messaging.events.base import ContentReported


class MessageReported(ContentReported):
    """Somebody reported a message, as it was said."""

    SOURCE = "coterie.chat"
