"""Topics and settings of rooms, as moderators change them."""

from __future__ import annotations

from typing import Any

from services.chat import usecases as chat
from services.chat.domain import Room, RoomKind
from services.chat.repository.rooms import get_room
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.setup.chat import LIN, Lobby, set_chat_members
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes


def topic_key(simulation: Simulation, caller: Caller, value: str = "topic") -> IdempotencyKey:
    return IdempotencyKey(caller.user_id, "rooms", value, millis(simulation.clock.now), value, b"secret")


def open_topic(simulation: Simulation, caller: Caller, circle_id: str, name: str = "湿地晨观") -> Room:
    return chat.open_topic(simulation.chat, caller, circle_id, name, "", topic_key(simulation, caller, name))


def set_room(simulation: Simulation, caller: Caller, circle_id: str, room_id: str, **changes: Any) -> Room:
    """Change a room as a client does that has just read it."""
    version = get_room(simulation.chat_table, circle_id, room_id).settings_version
    request = change(version, key=f"{room_id} {version}", body=str(changes))
    return chat.update_room(simulation.chat, caller, circle_id, room_id, request, changes)


class ModeratedLobby(Lobby):
    """A lobby whose owner is Lin; Mei and Hao are members."""

    def __init__(self) -> None:
        super().__init__()
        self.set_role(LIN, "owner")

    def set_role(self, user: Caller, role: str) -> None:
        self.simulation.clock.advance(seconds=1)
        set_chat_members(self.simulation, self.circle_id, user, role=role)

    def open(self, name: str = "湿地晨观", by: Caller = LIN) -> ModeratedLobby:
        """Open a topic; return it as a place to send to."""
        self.simulation.clock.advance(seconds=5)
        topic = object.__new__(ModeratedLobby)
        topic.__dict__ = {**self.__dict__, "id": open_topic(self.simulation, by, self.circle_id, name).id}
        return topic

    def set(self, by: Caller = LIN, **changes: Any) -> Any:
        return set_room(self.simulation, by, self.circle_id, self.id, **changes)

    def listed(self, user: Caller) -> list[str]:
        """The names of the rooms in the circle; the chat list must have the same, without archived ones."""
        rooms = chat.list_rooms(self.simulation.chat, user, self.circle_id, PageRequest(50)).items
        handle_new_changes(self.simulation, "chat")
        own = chat.list_own_rooms(self.simulation.chat, user, PageRequest(50)).items
        assert {one.room.id for one in own} == {one.id for one in rooms if not one.settings.is_archived}
        return [one.name for one in rooms if one.kind is RoomKind.TOPIC]
