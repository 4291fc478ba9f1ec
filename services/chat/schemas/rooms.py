"""Requests and responses of rooms: their lists and read markers."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field

from services.chat.domain import LastMessage, MessageKind, Room, RoomKind
from services.chat.schemas.messages import Seq
from services.chat.usecases import OwnRoom
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment


class ReadMarkerRequest(RequestModel):
    """seq: the highest sequence number that the caller has read."""

    seq: Seq


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
        description="`text`, `card` (with a product) or `pictures`. A message of another kind is never shown.",
        examples=["text"],
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
    mentioned: bool = Field(
        description="Whether a message after the read marker mentions the caller or all; not one of a user that they blocked.",
        examples=[False],
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
            mentioned=own.mentioned,
            muted_until=own.muted_until,
        )


class ReadMarkerResponse(ResponseModel):
    """seq: where the read marker is now."""

    seq: int
