"""Requests and responses of rooms: their lists and read markers."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field

from services.chat.domain import LastMessage, MessageKind, Room, RoomKind, Senders
from services.chat.schemas.messages import Seq
from services.chat.settings import settings
from services.chat.usecases import OwnRoom
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Text


def _require_allowed(name: str) -> str:
    from services.shared.kernel.names.rules import require_allowed_name  # its patterns take 7 ms: no cold start loads them

    return require_allowed_name(name)


MAX_SLOW_MODE_SECONDS, MAX_RETENTION_DAYS = 6 * 3600, 3650
TopicName = Annotated[str, Text(30, lambda: settings().max_room_name_length, is_line=True), AfterValidator(_require_allowed)]
Notice = Annotated[str, Text(200, lambda: settings().max_room_notice_length)]


class TopicRequest(RequestModel):
    """A topic to open."""

    name: TopicName = Field(description="Name of the topic.", examples=["湿地晨观"])
    notice: Notice | None = Field(default=None, description="What its members read first.", examples=["每周六早上 7 点集合。"])


class RoomChangeRequest(RequestModel):
    """What to change of a room. A field that is absent stays as it is."""

    name: TopicName | None = Field(default=None, description="The new name of a topic.", examples=["湿地晨观"])
    notice: Notice | None = Field(
        default=None, description="What members read first; null for none.", examples=["每周六早上 7 点集合。"]
    )
    senders: Senders | None = Field(
        default=None,
        description="Who sends: `members`, `regulars` (and the roles above) or `moderators` (with co-owners and owner).",
        examples=["regulars"],
    )
    earlier_for_newcomers: bool | None = Field(
        default=None, description="Whether a member reads what was sent before they joined.", examples=[False]
    )
    slow_mode_seconds: Annotated[int, Field(ge=0, le=MAX_SLOW_MODE_SECONDS)] | None = Field(
        default=None,
        description="Seconds between two messages of one member; 0 for none. Moderators and the roles above never wait.",
        examples=[30],
    )
    retention_days: Annotated[int, Field(ge=0, le=MAX_RETENTION_DAYS)] | None = Field(
        default=None,
        description="Days after which messages are deleted for good; 0 for never. For co-owners and the owner.",
        examples=[30],
    )
    archived: bool | None = Field(default=None, description="Whether a topic is only read.", examples=[True])

    def to_changes(self) -> dict[str, Any]:
        """Return the fields that the client gave, by their names in the domain. Null is no value but for the notice."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        changes = {NAMES.get(name, name): value for name, value in given.items() if value is not None}
        return changes | ({"notice": self.notice or ""} if "notice" in given else {})


NAMES = {"archived": "is_archived"}  # of fields, where the domain has another one


class ReadMarkerRequest(RequestModel):
    """seq: the highest sequence number that the caller has read."""

    seq: Seq


class RoomResponse(ResponseModel):
    """A room of a circle. Lobby and moderators' room have the circle's name: an app names the latter by its `kind`."""

    room_id: str
    circle_id: str
    name: str
    kind: Annotated[
        RoomKind,
        Field(
            description="`moderators` for the room of moderators, co-owners and the owner; `topic` for one that they opened.",
            examples=["lobby"],
        ),
    ]
    notice: str = Field(description="What members read first; empty for none.", examples=["每周六早上 7 点集合。"])
    senders: Senders = Field(
        description="Who sends: `members`, `regulars` (and the roles above) or `moderators` (with co-owners and owner).",
        examples=["members"],
    )
    earlier_for_newcomers: bool = Field(description="Whether a member reads what was sent before they joined.", examples=[True])
    slow_mode_seconds: int = Field(
        description="Seconds between two messages of one member; 0 for none. Moderators and the roles above never wait.",
        examples=[0],
    )
    retention_days: int = Field(description="Days after which messages are deleted; 0 for never.", examples=[0])
    archived: bool = Field(description="Whether the room is a topic that is only read.", examples=[False])
    etag: str = Field(description="For the If-Match header of the next change of name, notice or settings.", examples=["1"])

    @classmethod
    def of(cls, room: Room) -> RoomResponse:
        return cls(
            room_id=room.id,
            circle_id=room.circle_id,
            name=room.name,
            kind=room.kind,
            notice=room.settings.notice,
            senders=room.settings.senders,
            earlier_for_newcomers=room.settings.earlier_for_newcomers,
            slow_mode_seconds=room.settings.slow_mode_seconds,
            retention_days=room.settings.retention_days,
            archived=room.settings.is_archived,
            etag=str(room.settings_version),
        )


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
