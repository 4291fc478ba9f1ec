"""The rooms of a circle, and a user's own rooms with what is unread."""

from __future__ import annotations

from services.chat.domain import MAX_UNREAD, Action, MessageKind, Room
from services.chat.repository import messages, participants, read_markers, rooms
from services.chat.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.table.port import Item, Table


def list_rooms(ports: Ports, caller: Caller, circle_id: str) -> list[Room]:
    """Return the rooms of a circle.

    Cost: 1.5 read units.
    Raises: CircleNotFound.
    """
    participants.require_participant(ports.table, circle_id, caller.user_id, Action.READ)
    return rooms.list_rooms(ports.table, circle_id)


def list_own_rooms(
    ports: Ports, caller: Caller, limit: int, start: Item | None
) -> tuple[list[tuple[Room, int, int]], Item | None]:
    """Return the rooms of the caller's circles, each with its read marker and unread count, and where the next page starts.

    The limit counts memberships. A count of 99 means 99 or more.
    Cost: 25 read units for 12 rooms.
    """
    page = participants.list_participations(ports.table, caller.user_id, limit, start)
    own_rooms = []
    for item in page.items:
        if participants.participant_from_item(item).can(Action.READ):
            for room in rooms.list_rooms(ports.table, item["circle_id"]):
                marker = read_markers.get_read_marker(ports.table, caller.user_id, room.id)
                own_rooms.append((room, marker, _count_unread(ports.table, room, caller.user_id, marker)))
    return own_rooms, page.next


def _count_unread(table: Table, room: Room, user_id: str, marker: int) -> int:
    """Count the messages of other members after the marker; voids do not count."""
    after = messages.list_messages_after(table, room.circle_id, room.id, marker, MAX_UNREAD)
    return sum(message.kind is not MessageKind.VOID and message.sender != user_id for message in after)
