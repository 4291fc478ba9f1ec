"""The events of the chat service. Messages are pushed to sockets and are not events."""

from __future__ import annotations

from services.shared.messaging.events.base import ContentReported, PartsExported, UserErased


class MessageReported(ContentReported):
    """A user reported a message."""

    SOURCE = "coterie.chat"


class MessagesExported(PartsExported):
    """The messages and read markers of a user in a circle were written for a data export."""

    SOURCE = "coterie.chat"


class MessagesErased(UserErased):
    """The read markers and reports of a deleted account were erased, and its messages if the user chose so."""

    SOURCE = "coterie.chat"
