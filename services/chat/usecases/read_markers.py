"""Read markers: how far a user has read in a room."""

from __future__ import annotations

from datetime import datetime

from services.chat.domain import Action, Participant
from services.chat.repository import messages, participants, read_markers, rooms
from services.chat.usecases.ports import Ports
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.security.auth import Caller


def mark_read(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int) -> int:
    """Move the caller's read marker forwards to a message; return where it is afterwards.

    Unchanged if the marker is as far or further.

    Cost: 1 write unit and 1.5 read units; 0.5 more for a message of the last moment.
    Raises: CircleNotFound, RoomNotFound, Invalid (the room has no message with this number).
    """
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    room = rooms.require_room(ports.table, participant, room_id)
    # Each number up to the head's is stored, so only a newer one is read.
    if seq > room.head.last_seq and messages.find_message(ports.table, circle_id, room_id, seq) is None:
        raise Invalid(fields=(FieldError("/seq", "must-be-message-of-room"),))
    return read_markers.advance_read_marker(ports.table, caller.user_id, circle_id, room_id, seq)


def mark_earlier_read(ports: Ports, participant: Participant, since: datetime) -> None:
    """Move a new member's read markers to the newest message of each room that was sent before `since`.

    Of archived topics too: they can be opened again.
    Cost: 0.5 read units for the rooms, and 0.5 read units and 1 write unit per room, unless it is empty.
    """
    for room in rooms.iter_own_rooms(ports.table, participant):
        newest_first = messages.iter_messages_newest_first(ports.table, room.circle_id, room.id)
        earlier = next((message for message in newest_first if message.sent_at <= since), None)
        if earlier:
            read_markers.advance_read_marker(ports.table, participant.user_id, room.circle_id, room.id, earlier.seq)
