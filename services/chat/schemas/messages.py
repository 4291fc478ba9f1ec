"""Requests and responses of messages."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from services.chat.domain import MAX_SEQ, Message, MessageKind, MessageRequest
from services.chat.settings import settings
from services.chat.usecases import HistoryEntry
from services.shared.http.schemas import (
    ListingId,
    ProductCardResponse,
    ReportRequest,
    RequestModel,
    ResponseModel,
    TakeDownReason,
    ViolationResponse,
)
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Text
from services.shared.table.cards import ProductCard

Seq = Annotated[int, Field(ge=0, le=MAX_SEQ)]
ClientMessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
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
        return cls(items=items, has_more=has_more, has_earlier=first > 1 and not (page and page[0].is_first))
