"""The rooms in which a member can write now."""

from __future__ import annotations

from datetime import datetime

from services.chat.domain import Participant, Room
from services.chat.errors import CircleReadOnly, RoomArchived, RoomNotFound
from services.chat.repository import rooms
from services.chat.usecases.ports import Ports


def require_open_room(ports: Ports, member: Participant, room_id: str, at: datetime) -> Room:
    """Return a room that a member can enter, if anything can be written there now.

    Cost: 0.5 read units, eventually consistent.
    Raises: RoomNotFound, CircleReadOnly, RoomArchived.
    """
    return require_open(rooms.require_room(ports.table, member, room_id), member, at)


def require_room_of_sender(ports: Ports, member: Participant, room_id: str, at: datetime) -> Room:
    """Return a room to which a member can send now.

    Cost: 0.5 read units, eventually consistent.
    Raises: CallerMuted, RoomNotFound, RoleNotAllowed (the room's settings name other senders), CircleReadOnly, RoomArchived.
    """
    room = require_open_room(ports, member, room_id, at)
    member.require_can_send(room, at)
    return room


def require_open(room: Room | None, member: Participant, at: datetime) -> Room:
    """Require that a member can enter a room that was read, and that anything can be written there now.

    The room has a copy of the circle's state, so the circle is not read.
    Raises: RoomNotFound, CircleReadOnly, RoomArchived.
    """
    if room is None or not member.can_enter(room.id):
        raise RoomNotFound
    if room.is_read_only(at):
        raise CircleReadOnly
    if room.settings.is_archived:
        raise RoomArchived
    return room
