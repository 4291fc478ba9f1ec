"""The frames that the WebSocket API sends: responses to request frames, and pushes. For the AsyncAPI document alone.

Chat builds these frames as dictionaries; tests/contracts/test_asyncapi.py compares both.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.chat.schemas import NotificationContent, ReactionCountResponse, SentMessageResponse
from services.shared.http.problems import FieldProblem, Problem
from services.shared.kernel.moments import Moment

Ref = Annotated[
    str | None, Field(description="`ref` of the request frame; null if it had none.", examples=["r-17"], max_length=64)
]
RoomId = Annotated[str, Field(description="Id of the room.", examples=["rom_01KB9ZQ4T8N3W5X7Y2V6R1M0CE"])]
Seq = Annotated[int, Field(description="Sequence number of the message in its room.", examples=[42])]
Etag = Annotated[str, Field(description="ETag of the message now.", examples=["1785758400000"])]
Revision = Annotated[
    int,
    Field(description="Revision of the message. A client that has this one or a higher one ignores the frame.", examples=[2]),
]
ZH = "the same in Chinese"


class SubscribedFrame(BaseModel):
    """Response to `subscribe`: the connection gets the pushes of the room."""

    type: Literal["subscribed"]
    ref: Ref
    room_id: RoomId


class SentFrame(BaseModel):
    """Response to `send`: the message as it is stored."""

    type: Literal["sent"]
    ref: Ref
    room_id: RoomId
    seq: Seq
    message: Annotated[SentMessageResponse, Field(description="The stored message.")]


class MarkedReadFrame(BaseModel):
    """Response to `read`: where the read marker is now."""

    type: Literal["read"]
    ref: Ref
    room_id: RoomId
    seq: Annotated[int, Field(description="Where the read marker is now.", examples=[42])]


class PongFrame(BaseModel):
    """Response to `ping`."""

    type: Literal["pong"]
    ref: Ref


class FrameFieldProblem(FieldProblem):
    """What is wrong with one part of a request frame."""

    message_zh: Annotated[str, Field(description=f"What is wrong, {ZH}.", examples=["不能超过 2000 字"])]


class FrameProblem(Problem):
    """A problem document with its texts in both languages, because a frame has no `Accept-Language`."""

    title_zh: Annotated[str, Field(description=f"What happened, {ZH}.", examples=["请求有误"])]
    next_step_zh: Annotated[str | None, Field(description=f"What the user can do, {ZH}.", examples=["请过几秒再试"])] = None
    detail_zh: Annotated[str | None, Field(description=f"The values of this occurrence, {ZH}.", examples=["最多 5 个"])] = None
    errors: Annotated[list[FrameFieldProblem] | None, Field(description="What is wrong with each part of the frame.")] = None  # type: ignore[assignment]


class ProblemFrame(BaseModel):
    """Response to a request frame with an error."""

    type: Literal["problem"]
    ref: Ref
    problem: Annotated[FrameProblem, Field(description="The error.")]


class MessagesFrame(BaseModel):
    """Push: messages were sent to a room of this connection. In a burst, a frame has several."""

    type: Literal["messages"]
    room_id: RoomId
    messages: Annotated[
        list[SentMessageResponse], Field(description="The messages, in the order of their numbers.", min_length=1)
    ]


class PinnedFrame(BaseModel):
    """Push: a message was pinned in a room of this connection."""

    type: Literal["pinned"]
    room_id: RoomId
    seq: Seq


class UnpinnedFrame(BaseModel):
    """Push: a message is no longer pinned in a room of this connection."""

    type: Literal["unpinned"]
    room_id: RoomId
    seq: Seq


class HighlightedFrame(BaseModel):
    """Push: a message was added to the highlights of this connection's room."""

    type: Literal["highlighted"]
    room_id: RoomId
    seq: Seq
    etag: Etag


class UnhighlightedFrame(BaseModel):
    """Push: a message was taken out of the highlights of this connection's room."""

    type: Literal["unhighlighted"]
    room_id: RoomId
    seq: Seq
    etag: Etag


class RoomChangedFrame(BaseModel):
    """Push: name, notice or settings of a room changed, or a topic was opened, which the lobby's subscribers get too."""

    type: Literal["room_changed"]
    room_id: RoomId
    etag: Annotated[str, Field(description="Version of name, notice and settings.", examples=["2"])]


class TakenDownFrame(BaseModel):
    """Push: the platform took a message of this connection's room down. Show it no more."""

    type: Literal["taken_down"]
    room_id: RoomId
    seq: Seq


class RestoredFrame(BaseModel):
    """Push: a message that was taken down is back. The history has it again."""

    type: Literal["restored"]
    room_id: RoomId
    seq: Seq


class EditedFrame(BaseModel):
    """Push: the sender edited a message in a room of this connection."""

    type: Literal["edited"]
    room_id: RoomId
    seq: Seq
    revision: Revision
    text: Annotated[
        str | None,
        Field(
            description="Its text now. Null if the user has blocked the sender, and in a room whose newcomers read no earlier "
            "messages: the history has the message as the user sees it.",
            examples=["At seven tomorrow."],
        ),
    ]
    mentions: Annotated[
        list[str], Field(description="The users that it mentions now.", examples=[["5f0c2d1e-3b4a-4c6d-8e7f-9a0b1c2d3e4f"]])
    ]
    edited_at: Annotated[Moment, Field(description="When it was edited.", examples=["2026-03-05T04:05:00.000Z"])]


class RecalledFrame(BaseModel):
    """Push: the sender recalled a message in a room of this connection. It has no content any more."""

    type: Literal["recalled"]
    room_id: RoomId
    seq: Seq
    revision: Revision


class RemovedFrame(BaseModel):
    """Push: a moderator removed a message in a room of this connection. It has no content any more."""

    type: Literal["removed"]
    room_id: RoomId
    seq: Seq
    revision: Revision


class ReactionsFrame(BaseModel):
    """Push: members have reacted to a message in a room of this connection, or taken that back. These are all its counts."""

    type: Literal["reactions"]
    room_id: RoomId
    seq: Seq
    reactions: Annotated[
        list[ReactionCountResponse], Field(description="The counts; none if the user has blocked the sender of the message.")
    ]


class NotificationFrame(BaseModel):
    """Push: a notification of this connection's user is new, or has a later state."""

    type: Literal["notification"]
    notification: Annotated[NotificationContent, Field(description="What happened, by kinds and ids.")]


# The frame that each action gets as its response, unless there is an error.
RESPONSES: dict[str, type[BaseModel]] = {
    "subscribe": SubscribedFrame,
    "send": SentFrame,
    "read": MarkedReadFrame,
    "ping": PongFrame,
}
PUSHES: tuple[type[BaseModel], ...] = (
    MessagesFrame,
    PinnedFrame,
    UnpinnedFrame,
    HighlightedFrame,
    UnhighlightedFrame,
    RoomChangedFrame,
    TakenDownFrame,
    RestoredFrame,
    EditedFrame,
    RecalledFrame,
    RemovedFrame,
    ReactionsFrame,
    NotificationFrame,
)
