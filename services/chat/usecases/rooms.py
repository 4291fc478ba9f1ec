"""The rooms of a circle, and a user's own rooms with what is unread."""

from __future__ import annotations

from dataclasses import dataclass

from services.chat.domain import Action, MessageKind, Room
from services.chat.repository import messages, participants, read_markers, rooms
from services.chat.settings import settings
from services.chat.usecases.ports import Ports
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.table.port import Table


@dataclass(frozen=True, slots=True)
class OwnRoom:
    """A room of the caller.

    read_seq: the read marker. unread: how many messages of others are after it.
    """

    room: Room
    read_seq: int
    unread: int


def list_rooms(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Room]:
    """Return a page of the rooms of a circle.

    Cost: 1.5 read units.
    Raises: CircleNotFound.
    """
    participants.require_participant(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    return rooms.list_rooms(ports.table, circle_id, page)


def list_own_rooms(ports: Ports, caller: Caller, page: PageRequest) -> Page[OwnRoom]:
    """Return a page of the rooms of the caller's circles, each with its read marker and unread count.

    The limit counts memberships. A count of 99 means 99 or more.
    Cost: 25 read units for 12 rooms.
    """
    memberships = participants.list_participations(ports.table, caller.user_id, page)
    return memberships.replace(
        _own_room(ports.table, room, caller.user_id)
        for membership in memberships.items
        if membership.can(Action.READ)
        for room in rooms.iter_rooms(ports.table, membership.circle_id)
    )


def _own_room(table: Table, room: Room, user_id: str) -> OwnRoom:
    """Return a room with the number of messages of other members after the user's marker; voids do not count."""
    marker = read_markers.get_read_marker(table, user_id, room.id)
    after = messages.list_messages_after(table, room.circle_id, room.id, marker, settings().max_unread).items
    unread = sum(message.kind is not MessageKind.VOID and message.sender != user_id for message in after)
    return OwnRoom(room, marker, unread)
