"""The events of the chat service. Messages are pushed to sockets and are not events."""

from __future__ import annotations

from services.shared.messaging.events.base import ContentReported


class MessageReported(ContentReported):
    """A user reported a message."""

    SOURCE = "coterie.chat"
