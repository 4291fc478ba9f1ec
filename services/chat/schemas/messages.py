"""Requests and responses of messages."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from services.chat.domain import MAX_SEQ, Message, MessageKind, MessageRequest, MessageRevision, RevisionOutcome
from services.chat.schemas.reactions import ReactionsResponse
from services.chat.settings import settings
from services.chat.usecases import HistoryEntry
from services.shared.http.pictures import PictureResponse
from services.shared.http.schemas import (
    Disclosed,
    DisclosureResponse,
    ListingId,
    PictureId,
    ProductCardResponse,
    ReportRequest,
    RequestModel,
    ResponseModel,
    TakeDownReason,
    UserId,
    ViolationResponse,
)
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.limits import list_at_most
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph, Text
from services.shared.pictures.addresses import PictureAddresses
from services.shared.table.cards import ProductCard

Seq = Annotated[int, Field(ge=0, le=MAX_SEQ)]
ClientMessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Mentions = Annotated[
    list[UserId],
    Field(
        default_factory=list,
        max_length=10,
        description="The users that it mentions. Members who can read the room are notified.",
        examples=[["5f0c2d1e-3b4a-4c6d-8e7f-9a0b1c2d3e4f"]],
    ),
    list_at_most(lambda: settings().max_mentions),
]
MessageText = Annotated[str, Text(2000, lambda: settings().max_message_length, can_be_empty=True)]
EditedText = Annotated[str, Text(2000, lambda: settings().max_message_length)]


class SendMessageRequest(RequestModel):
    """A message to send. All fields stay the same on every retry.

    client_msg_id: chosen by the client once per message. after_seq: the highest sequence number that the sender had seen at
    the first attempt. listing_id: a product of this circle, shown as a card with commerce's price and stock. text: can be empty
    if there are pictures.
    """

    client_msg_id: ClientMessageId
    after_seq: Seq
    pictures: Annotated[
        list[PictureId],
        Field(
            default_factory=list,
            max_length=9,
            description="Ids of pictures that you uploaded to this room, in order. No other message can have them.",
            examples=[["pic_01K3ZKXB4M8Q2V5T7W9Y1A3C5E"]],
        ),
        list_at_most(lambda: settings().max_pictures),
    ]
    text: MessageText
    listing_id: ListingId | None = None
    mentions: Mentions
    mentions_all: bool = Field(
        default=False, description="Whether it mentions all who can read the room; for moderators.", examples=[False]
    )

    reply_to: Annotated[int, Field(ge=1, le=MAX_SEQ)] | None = Field(
        default=None, description="The sequence number of the message that it answers, in the same room.", examples=[41]
    )

    @field_validator("text")
    @classmethod
    def require_content(cls, value: str, given: ValidationInfo) -> str:
        if not value and not given.data.get("pictures", True):  # absent if they are invalid
            raise ValueInvalid("must-not-be-blank")
        return value

    def to_request(self) -> MessageRequest:
        mentions = tuple(dict.fromkeys(self.mentions))
        pictures = tuple(dict.fromkeys(self.pictures))
        content = (self.text, self.listing_id or "", pictures, mentions, self.mentions_all, self.reply_to or 0)
        return MessageRequest(self.client_msg_id, self.after_seq, *content)


class UpdateMessageRequest(RequestModel):
    """The new text of a message, and the users that it mentions now. Those that it mentioned before are not notified again."""

    text: EditedText
    mentions: Mentions


class MessageRemovalRequest(RequestModel):
    """The reason for which a moderator removes a message. Its sender reads it."""

    reason: Annotated[
        Paragraph, Field(description="Why it is removed. Its sender reads it.", examples=["It insults another member."])
    ]


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

    kind: `text`, `card` (with a product), `pictures` (without a product), `void` (a number whose send failed), `hidden` (the
    caller has blocked the sender), `recalled` (by its sender), `removed` (by a moderator) or `taken_down` (by the platform).
    All but the first three are tombstones: they have no sender, text and pictures. The sender is named to themselves, and gets
    the text of what is taken down.
    """

    seq: int
    kind: MessageKind
    sender: str | None
    client_msg_id: str | None
    text: str
    mentions: list[str] = Field(description="The users that it mentions.", examples=[["5f0c2d1e-3b4a-4c6d-8e7f-9a0b1c2d3e4f"]])
    mentions_all: bool = Field(description="Whether it mentions all who can read the room.", examples=[False])
    reply_to: int | None = Field(
        description="The sequence number of the message that it answers; null if it answers none.", examples=[41]
    )
    sent_at: Moment
    revision: int = Field(
        description="Grows with each edit, and with a recall or removal. What has a lower one is older.", examples=[1]
    )
    etag: str = Field(description="Send it in If-Match to edit the message.", examples=["1785758400000"])
    edited_at: Moment | None = Field(
        description="When it was last edited; null if it never was.", examples=["2026-03-05T04:05:00.000Z"]
    )
    card: ProductCardResponse | None
    disclosure: Disclosed
    pictures: Annotated[list[PictureResponse], Field(description="The pictures, in their order.", examples=[[]])]

    @classmethod
    def of(cls, message: Message, card: ProductCard | None, addresses: PictureAddresses, **more: Any) -> Self:
        ids = message.room_id, message.sender
        return cls(
            seq=message.seq,
            kind=message.kind,
            sender=message.sender or None,
            client_msg_id=message.client_msg_id or None,
            text=message.text,
            mentions=list(message.mentions),
            mentions_all=message.mentions_all,
            reply_to=message.reply_to or None,
            sent_at=message.sent_at,
            revision=message.revision,
            etag=str(message.version),
            edited_at=message.edited_at,
            card=ProductCardResponse.of(card) if card else None,
            disclosure=DisclosureResponse.of(message.disclosure),
            pictures=[PictureResponse.of(picture, *ids, addresses, full=True) for picture in message.pictures],
            **more,
        )


class AnsweredMessageResponse(ResponseModel):
    """The message that another one answers, as the caller sees it now: a tombstone if it is not shown."""

    seq: int = Field(description="Its sequence number.", examples=[41])
    kind: MessageKind = Field(description="As of a message; `void` if it is deleted.", examples=["text"])
    sender: str | None = Field(
        description="The user who sent it; null in a tombstone of another user.",
        examples=["5f0c2d1e-3b4a-4c6d-8e7f-9a0b1c2d3e4f"],
    )
    text: str = Field(
        description="Its text; of a long text the first 100 code points at most. Empty in a tombstone.",
        examples=["At six tomorrow, at the east gate."],
    )

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(seq=message.seq, kind=message.kind, sender=message.sender or None, text=message.preview)


class MessageResponse(SentMessageResponse):
    """A message of the history. pinned: whether it is pinned in its room."""

    highlighted: bool = Field(description="Whether it is among the highlights of its room.", examples=[False])

    reactions: list[ReactionsResponse] = Field(description="The reactions to it; none in a tombstone.")
    answered: AnsweredMessageResponse | None = Field(description="The message that it answers; null if it answers none.")
    pinned: bool
    removal_reason: str | None = Field(
        description="Why a moderator removed it; for its sender.", examples=["It insults another member."]
    )
    violation: TakeDownReason

    @classmethod
    def of_entry(cls, entry: HistoryEntry, addresses: PictureAddresses) -> MessageResponse:
        message = entry.message
        return cls.of(
            message,
            entry.card,
            addresses,
            answered=AnsweredMessageResponse.of(entry.answered) if entry.answered else None,
            reactions=ReactionsResponse.of_entry(entry),
            pinned=entry.is_pinned,
            highlighted=message.has_content and message.highlighted_at is not None,
            removal_reason=message.removal.reason if message.removal else None,
            violation=ViolationResponse.of(message.take_downs.violation),
        )


class MessageRevisionResponse(ResponseModel):
    """What a message was before it was edited, recalled or removed."""

    revision: int = Field(description="Its revision then.", examples=[1])
    text: str = Field(description="The text that it had.", examples=["At six tomorrow, at the east gate."])
    written_at: Moment = Field(description="When this text was sent.", examples=["2026-03-05T04:00:00.000Z"])
    outcome: RevisionOutcome = Field(
        description="`edited` or `recalled` by its sender, or `removed` by a moderator.", examples=["recalled"]
    )
    replaced_by: str = Field(
        description="The user who edited, recalled or removed it.", examples=["5f0c2d1e-3b4a-4c6d-8e7f-9a0b1c2d3e4f"]
    )
    replaced_at: Moment = Field(description="When this user did.", examples=["2026-03-05T04:01:00.000Z"])

    @classmethod
    def of(cls, revision: MessageRevision) -> Self:
        return cls(
            revision=revision.number,
            text=revision.text,
            written_at=revision.written_at,
            outcome=revision.outcome,
            replaced_by=revision.replaced_by,
            replaced_at=revision.replaced_at,
        )


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
    def of(cls, page: list[HistoryEntry], has_more: bool, query: HistoryQuery, addresses: PictureAddresses) -> HistoryResponse:
        first = page[0].message.seq if page else (query.after_seq or 0) + 1
        items = [MessageResponse.of_entry(entry, addresses) for entry in page]
        return cls(items=items, has_more=has_more, has_earlier=first > 1 and not (page and page[0].is_first))
