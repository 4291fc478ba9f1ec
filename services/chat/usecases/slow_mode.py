"""The slow mode of a room: one message per member and interval."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from services.chat.domain import Participant, Room
from services.chat.repository.slow_mode import acquire_slow_slot, release_slow_slot
from services.chat.usecases.ports import Ports
from services.shared.kernel.errors import DomainError


@contextmanager
def slow_mode_slot(ports: Ports, room: Room, member: Participant, token: str, at: datetime) -> Iterator[None]:
    """Send a message inside the member's slot of a slow room; nothing is read or written in other rooms.

    The slot is used first, so a send that is denied here writes nothing. A send that fails with an error later frees it. After
    a crash the slot stays with the message: its retry has it, and another message waits.
    Cost: 1 write unit in a slow room; nothing for a moderator.
    Raises: SlowModeActive.
    """
    interval = room.slow_mode_of(member.role)
    if not interval:
        yield
        return
    is_new = acquire_slow_slot(ports.table, member.user_id, room.id, token, interval, at)
    try:
        yield
    except DomainError:
        if is_new:
            release_slow_slot(ports.table, member.user_id, room.id, token)
        raise
