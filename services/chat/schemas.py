"""Requests and responses of chat, over HTTP and WebSocket."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from services.chat.domain import MAX_SEQ, Message, MessageKind, MessageRequest, Room, RoomKind
from services.chat.settings import settings
from services.chat.usecases import HistoryEntry, OwnRoom
from services.shared.http.schemas import (
    CircleId,
    ListingId,
    ProductCardResponse,
    ReportRequest,
    RequestModel,
    ResponseModel,
    RoomId,
)
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Text
from services.shared.table.cards import ProductCard

Seq = Annotated[int, Field(ge=0, le=MAX_SEQ)]
ClientMessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Ref = Annotated[str, StringConstraints(max_length=64, pattern=r"^[\x20-\x7e]*$")]
MessageText = Annotated[str, Text(2000, lambda: settings().max_message_length)]


class SendMessageRequest(RequestModel):
    """A message to send. All fields stay the same on every retry.

    client_msg_id: chosen by the client once per message. after_seq: the highest sequence number that the sender had seen at
    the first attempt. listing_id: a product of this circle, shown as a card with commerce's price and stock.
    """

    client_msg_id: ClientMessageId
    after_seq: Seq
    text: MessageText
    listing_id: ListingId | None = None

    def to_request(self) -> MessageRequest:
        return MessageRequest(self.client_msg_id, self.after_seq, self.text, self.listing_id or "")


class ReadMarkerRequest(RequestModel):
    """seq: the highest sequence number that the caller has read."""

    seq: Seq


class MessageReportRequest(ReportRequest):
    """The message to report, and the reason."""

    seq: Annotated[int, Field(ge=1, le=MAX_SEQ)]


class HistoryQuery(RequestModel):
    """after_seq: the highest sequence number that the caller has seen; 0 for the beginning."""

    after_seq: Seq = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class TicketResponse(ResponseModel):
    """A ticket for the WebSocket address (`?ticket=`). It can be used once, within `expires_in` seconds."""

    ticket: str
    expires_in: int


class SentMessageResponse(ResponseModel):
    """What is stored under one sequence number.

    kind: `text`, `card` (with a product), `void` (a number whose send failed) or `hidden` (the caller has blocked the sender);
    the last two have neither sender nor text.
    """

    seq: int
    kind: MessageKind
    sender: str | None
    client_msg_id: str | None
    text: str
    sent_at: Moment
    card: ProductCardResponse | None

    @classmethod
    def of(cls, message: Message, card: ProductCard | None, **more: bool) -> Self:
        return cls(
            seq=message.seq,
            kind=message.kind,
            sender=message.sender or None,
            client_msg_id=message.client_msg_id or None,
            text=message.text,
            sent_at=message.sent_at,
            card=ProductCardResponse.of(card) if card else None,
            **more,
        )


class MessageResponse(SentMessageResponse):
    """A message of the history. pinned: whether it is pinned in its room."""

    pinned: bool

    @classmethod
    def of_entry(cls, entry: HistoryEntry) -> MessageResponse:
        return cls.of(entry.message, entry.card, pinned=entry.is_pinned)


class HistoryResponse(ResponseModel):
    """Messages in order and without gaps. Continue with `after_seq` of the last; `has_more`: more can be fetched now."""

    items: list[MessageResponse]
    has_more: bool


class RoomResponse(ResponseModel):
    """A room of a circle, with the circle's name. An app names the moderators' room by its `kind`."""

    room_id: str
    circle_id: str
    name: str
    kind: Annotated[
        RoomKind, Field(description="`moderators` for the room of moderators, co-owners and the owner.", examples=["lobby"])
    ]

    @classmethod
    def of(cls, room: Room) -> RoomResponse:
        return cls(room_id=room.id, circle_id=room.circle_id, name=room.name, kind=room.kind)


class OwnRoomResponse(RoomResponse):
    """A room of the caller.

    read_seq: the read marker. unread: how many messages of others, but not of blocked users, are after it; 99 means 99
    or more.
    """

    read_seq: int
    unread: int

    @classmethod
    def of_own(cls, own: OwnRoom) -> OwnRoomResponse:
        return cls(**RoomResponse.of(own.room).model_dump(), read_seq=own.read_seq, unread=own.unread)


class ReadMarkerResponse(ResponseModel):
    """seq: where the read marker is now."""

    seq: int


class SubscribeFrame(RequestModel):
    """Subscribe this connection to a room."""

    action: Literal["subscribe"]
    ref: Ref | None = None
    circle_id: CircleId
    room_id: RoomId


class SendFrame(SendMessageRequest):
    """Send a message to a room."""

    action: Literal["send"]
    ref: Ref | None = None
    circle_id: CircleId
    room_id: RoomId


class ReadFrame(ReadMarkerRequest):
    """Move the read marker of a room forwards."""

    action: Literal["read"]
    ref: Ref | None = None
    circle_id: CircleId
    room_id: RoomId


class PingFrame(RequestModel):
    """Keep the connection open."""

    action: Literal["ping"]
    ref: Ref | None = None
