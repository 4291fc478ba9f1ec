"""What comes in and goes out over HTTP and WebSocket."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from services.chat.domain import Draft, Kind, Message, Room
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.ids import PATTERNS
from services.shared.kernel.text import clean
from services.shared.table.cards import CardOut, ProductCard
from services.shared.table.reports import ReportIn

MAX_SEQ = 10**12 - 1

Seq = Annotated[int, Field(ge=0, le=MAX_SEQ)]
CircleId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['circle_id']}$")]
ListingId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['listing_id']}$")]
RoomId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['room_id']}$")]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Ref = Annotated[str, StringConstraints(max_length=64)]


def _said(text: str) -> str:
    if not text:
        raise ValueError("must not be blank")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(clean), AfterValidator(_said)]


class SendMessageRequest(RequestModel):
    """`client_msg_id` names this wish; `after_seq` is the last number its sender had seen when first trying: both stay the
    same on every retry. With `listing_id` it is a card of goods of this circle; price and stock are
    commerce's to tell."""

    client_msg_id: ClientId
    after_seq: Seq
    text: Text
    listing_id: ListingId | None = None

    def draft(self) -> Draft:
        return Draft(self.client_msg_id, self.after_seq, self.text, self.listing_id or "")


class MarkerRequest(RequestModel):
    seq: Seq


class MessageReportRequest(ReportIn):
    """Which message, and why."""

    seq: Annotated[int, Field(ge=1, le=MAX_SEQ)]


class HistoryQuery(RequestModel):
    """`after_seq`: the last number that was seen; 0 for the beginning."""

    after_seq: Seq = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class TicketResponse(ResponseModel):
    """Connect to the WebSocket address with `?ticket=`; it is taken once."""

    ticket: str
    expires_in: int


class MessageResponse(ResponseModel):
    """One number of a room; a `void` is one whose send died, a `card` shows goods."""

    seq: int
    kind: Kind
    sender: str | None
    client_msg_id: str | None
    text: str
    sent_at: datetime
    card: CardOut | None

    @classmethod
    def of(cls, message: Message, card: ProductCard | None) -> MessageResponse:
        return cls(
            seq=message.seq,
            kind=message.kind,
            sender=message.sender or None,
            client_msg_id=message.client_msg_id or None,
            text=message.text,
            sent_at=message.sent_at,
            card=CardOut.of(card) if card else None,
        )


class HistoryResponse(ResponseModel):
    """Messages in order, without a gap. Go on with `after_seq` of the last; `has_more` says whether there is more now."""

    items: list[MessageResponse]
    has_more: bool


class RoomResponse(ResponseModel):
    room_id: str
    circle_id: str
    name: str

    @classmethod
    def of(cls, room: Room) -> RoomResponse:
        return cls(room_id=room.id, circle_id=room.circle_id, name=room.name)


class RoomsResponse(ResponseModel):
    items: list[RoomResponse]


class OwnRoomResponse(RoomResponse):
    """A room of mine: where I have read to, and what others said since (99 stands for 99 or more)."""

    read_seq: int
    unread: int

    @classmethod
    def counted(cls, room: Room, read_seq: int, unread: int) -> OwnRoomResponse:
        return cls(**RoomResponse.of(room).model_dump(), read_seq=read_seq, unread=unread)


class MarkerResponse(ResponseModel):
    seq: int


class SubscribeFrame(RequestModel):
    action: Literal["subscribe"]
    ref: Ref | None = None
    circle_id: CircleId
    room_id: RoomId


class SendFrame(SendMessageRequest):
    action: Literal["send"]
    ref: Ref | None = None
    circle_id: CircleId
    room_id: RoomId


class ReadFrame(MarkerRequest):
    action: Literal["read"]
    ref: Ref | None = None
    circle_id: CircleId
    room_id: RoomId


class PingFrame(RequestModel):
    action: Literal["ping"]
    ref: Ref | None = None
