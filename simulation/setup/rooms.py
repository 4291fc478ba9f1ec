"""Topics and settings of rooms, as moderators change them."""

from __future__ import annotations

from typing import Any

from services.chat import usecases as chat
from services.chat.domain import Room
from services.chat.repository.rooms import get_room
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller
from simulation.setup.requests import change
from simulation.simulation import Simulation


def topic_key(simulation: Simulation, caller: Caller, value: str = "topic") -> IdempotencyKey:
    return IdempotencyKey(caller.user_id, "rooms", value, millis(simulation.clock.now), value, b"secret")


def open_topic(simulation: Simulation, caller: Caller, circle_id: str, name: str = "湿地晨观") -> Room:
    return chat.open_topic(simulation.chat, caller, circle_id, name, "", topic_key(simulation, caller, name))


def set_room(simulation: Simulation, caller: Caller, circle_id: str, room_id: str, **changes: Any) -> Room:
    """Change a room as a client does that has just read it."""
    version = get_room(simulation.chat_table, circle_id, room_id).settings_version
    request = change(version, key=f"{room_id} {version}", body=str(changes))
    return chat.update_room(simulation.chat, caller, circle_id, room_id, request, changes)
