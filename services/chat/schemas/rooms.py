"""Requests and responses of rooms and messages, over HTTP and WebSocket."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from services.chat.domain import MAX_SEQ, LastMessage, Message, MessageKind, MessageRequest, Room, RoomKind
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
    TakeDownReason,
    ViolationResponse,
)
from services.shared.kernel.errors import ValueInvalid
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
    """Which page of a room's history. At most one of the numbers can be given; without any, it is the newest page."""

    after_seq: Seq | None = Field(
        default=None,
        description="The highest sequence number that the caller has seen; 0 for the beginning. The page has what follows.",
        examples=[120],
    )
    before_seq: Annotated[int, Field(ge=1, le=MAX_SEQ)] | None = Field(
        default=None,
        description="The lowest sequence number that the caller has. The page has what comes right before it.",
        examples=[71],
    )
    around: Annotated[int, Field(ge=1, le=MAX_SEQ)] | None = Field(
        default=None,
        description="The sequence number of a message. The page has this message, and what comes before and after it.",
        examples=[42],
    )
    limit: Annotated[int, Field(ge=1, le=100, description="The most messages of the page.", examples=[50])] = 50

    @field_validator("before_seq", "around")
    @classmethod
    def require_one_number(cls, value: int, given: ValidationInfo) -> int:
        for name in ("after_seq", "before_seq"):
            if name != given.field_name and given.data.get(name) is not None:
                raise ValueInvalid("excluded-by-other", other=name)
        return value


class TicketResponse(ResponseModel):
    """A ticket for the WebSocket address (`?ticket=`). It can be used once, within `expires_in` seconds."""

    ticket: str
    expires_in: int


class SentMessageResponse(ResponseModel):
    """What is stored under one sequence number.

    kind: `text`, `card` (with a product), `void` (a number whose send failed), `hidden` (the caller has blocked the sender) or
    `taken_down` (by the platform); the last three have neither sender nor text. Its author gets both of what is taken down.
    """

    seq: int
    kind: MessageKind
    sender: str | None
    client_msg_id: str | None
    text: str
    sent_at: Moment
    card: ProductCardResponse | None

    @classmethod
    def of(cls, message: Message, card: ProductCard | None, **more: Any) -> Self:
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
    violation: TakeDownReason

    @classmethod
    def of_entry(cls, entry: HistoryEntry) -> MessageResponse:
        violation = ViolationResponse.of(entry.message.take_downs.violation)
        return cls.of(entry.message, entry.card, pinned=entry.is_pinned, violation=violation)


class HistoryResponse(ResponseModel):
    """Messages in order and without gaps."""

    items: list[MessageResponse] = Field(description="The messages, the oldest first; the numbers follow each other.")
    has_more: bool = Field(
        description="Whether more can be fetched now with `after_seq` of the last message.", examples=[False]
    )
    has_earlier: bool = Field(
        description="Whether more can be fetched now with `before_seq` of the first message.", examples=[True]
    )

    @classmethod
    def of(cls, page: list[HistoryEntry], has_more: bool, query: HistoryQuery) -> HistoryResponse:
        first = page[0].message.seq if page else (query.after_seq or 0) + 1
        items = [MessageResponse.of_entry(entry) for entry in page]
        return cls(items=items, has_more=has_more, has_earlier=first > 1)


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


class LastMessageResponse(ResponseModel):
    """The newest message of a room that the caller sees, as a chat list shows it."""

    seq: int = Field(description="Its sequence number.", examples=[124])
    kind: MessageKind = Field(
        description="`text`, or `card` (with a product). A message of another kind is never shown.", examples=["text"]
    )
    sender: str = Field(description="The user who sent it.", examples=["5f0c2d1e-3b4a-4c6d-8e7f-9a0b1c2d3e4f"])
    text: str = Field(
        description="Its text; of a long text the first 100 code points at most, cut between visible characters.",
        examples=["At six tomorrow, at the east gate."],
    )
    sent_at: Moment = Field(description="When it was sent.", examples=["2026-03-05T04:00:00.000Z"])

    @classmethod
    def of(cls, last: LastMessage) -> Self:
        return cls(seq=last.seq, kind=last.kind, sender=last.sender, text=last.text, sent_at=last.sent_at)


class OwnRoomResponse(RoomResponse):
    """A room of the caller, in the chat list."""

    last_message: LastMessageResponse | None = Field(
        description="The newest message, not of users that the caller blocked; null if the last 128 messages have none."
    )
    last_seq: int = Field(description="The highest sequence number that the history shows.", examples=[124])
    read_seq: int = Field(description="The caller's read marker: the highest number that they have read.", examples=[120])
    unread: int = Field(
        description="How many messages of others, but not of blocked users, are after the read marker; 99 means 99 or more.",
        examples=[3],
    )
    muted_until: Moment | None = Field(
        description="The end of the caller's mute in the circle; null if they are not muted there.",
        examples=["2026-03-06T04:00:00.000Z"],
    )

    @classmethod
    def of_own(cls, own: OwnRoom) -> OwnRoomResponse:
        return cls(
            **RoomResponse.of(own.room).model_dump(),
            last_message=LastMessageResponse.of(own.last) if own.last else None,
            last_seq=own.last_seq,
            read_seq=own.read_seq,
            unread=own.unread,
            muted_until=own.muted_until,
        )


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
