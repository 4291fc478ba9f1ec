"""The events of the chat service. Messages are pushed to sockets and are not events."""

from __future__ import annotations

from pydantic import Field

from services.shared.kernel.moments import Moment
from services.shared.messaging.events.base import ContentReported, ContentReportedData, EventData, PartsExported, UserErased


class SurroundingMessageData(EventData):
    """A message before or after a reported one, as the reporter saw it.

    text: at most 300 code points. A tombstone has neither sender nor text.
    """

    seq: int
    kind: str
    sender: str
    text: str
    sent_at: Moment


class MessageReportedData(ContentReportedData):
    """surroundings: up to 3 messages before and 3 after the reported one, in order; none in an event that is published again.

    They are texts of users who are not accused: review deletes them once the case is decided.
    """

    surroundings: list[SurroundingMessageData] = Field(default_factory=list)


class MessageReported(ContentReported):
    """A user reported a message."""

    SOURCE = "coterie.chat"

    data: MessageReportedData


class MessagesExported(PartsExported):
    """The messages and read markers of a user in a circle were written for a data export."""

    SOURCE = "coterie.chat"


class MessagesErased(UserErased):
    """The read markers and reports of a deleted account were erased, and its messages if the user chose so."""

    SOURCE = "coterie.chat"
