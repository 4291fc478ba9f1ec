"""The slow mode of a room: one message per member and interval."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from services.chat.domain import Action, Room
from services.chat.repository.participants import require_participant
from services.chat.repository.slow_mode import acquire_slow_slot, release_slow_slot
from services.chat.usecases.ports import Ports
from services.shared.kernel.errors import DomainError


@contextmanager
def slow_mode_slot(ports: Ports, room: Room, user_id: str, token: str, at: datetime) -> Iterator[None]:
    """Send a message inside the member's slot of a slow room; nothing is read or written in other rooms.

    The slot is used first, so a send that is denied here writes nothing. A send that fails with an error later frees it. After
    a crash the slot stays with the message: its retry has it, and another message waits.
    Cost: 1 write unit and 0.5 read units in a slow room; only the read for a moderator.
    Raises: CircleNotFound, RoomNotFound, CallerMuted, RoleNotAllowed, SlowModeActive.
    """
    if not room.settings.slow_mode_seconds:
        yield
        return
    member = require_participant(ports.table, room.circle_id, user_id, Action.SEND, at)
    member.require_can_send(room, at)
    interval = room.slow_mode_of(member.role)
    is_new = bool(interval) and acquire_slow_slot(ports.table, user_id, room.id, token, interval, at)
    try:
        yield
    except DomainError:
        if is_new:
            release_slow_slot(ports.table, user_id, room.id, token)
        raise
