"""Tickets, and the frames of WebSocket connections."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from services.chat.schemas.messages import SendMessageRequest
from services.chat.schemas.rooms import ReadMarkerRequest
from services.shared.http.schemas import CircleId, RequestModel, ResponseModel, RoomId

Ref = Annotated[str, StringConstraints(max_length=64, pattern=r"^[\x20-\x7e]*$")]


class TicketResponse(ResponseModel):
    """A ticket for the WebSocket address (`?ticket=`). It can be used once, within `expires_in` seconds."""

    ticket: str
    expires_in: int


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
