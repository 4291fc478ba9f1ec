"""A lobby with three people in it, over a table in memory."""

from __future__ import annotations

from services.chat import usecases as chat
from services.chat.domain import Draft, Message, block_of
from services.chat.repository import rooms, sockets
from services.shared.kernel.ids import new_id
from services.shared.security.auth import Caller
from simulation.setup.common import tell_chat
from simulation.simulation import World, person

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")


class Room:
    """A lobby with three people in it."""

    def __init__(self) -> None:
        self.world = World()
        self.circle_id = new_id("cir")
        self.id = tell_chat(self.world, self.circle_id, LIN, MEI, HAO)
        self.count = 0

    def say(self, caller: Caller = MEI, text: str = "在吗", after: int = 0, msg_id: str | None = None) -> Message:
        self.count += 1
        self.world.clock.advance(seconds=1)
        draft = Draft(msg_id or f"message-{self.count}", after, text)
        return chat.send_message(self.world.chat, caller, self.circle_id, self.id, draft)[0]

    def read(self, caller: Caller = LIN, after: int = 0, limit: int = 100) -> list[Message]:
        found, _ = chat.list_messages(self.world.chat, caller, self.circle_id, self.id, after, limit)
        return [message for message, _ in found]

    def die_between_writes(self, msg_id: str = "dies-here", after: int = 0) -> int:
        """A send that took its number and got no further."""
        token = Draft(msg_id, after, "").token(MEI.user_id)
        return rooms.take_number(self.world.chat_table, self.circle_id, self.id, block_of(after), token, may_open=False).number

    def unread(self, caller: Caller) -> int:
        return chat.list_own_rooms(self.world.chat, caller, 10, None)[0][0][2]

    def listener(self, caller: Caller, connection_id: str) -> None:
        ticket, _ = chat.create_ticket(self.world.chat, caller)
        socket = chat.connect_socket(self.world.chat, ticket, connection_id)
        chat.subscribe_socket(self.world.chat, socket, self.circle_id, self.id)

    def kick(self, caller: Caller) -> None:
        self.world.clock.advance(seconds=1)
        tell_chat(self.world, self.circle_id, caller, state="kicked")

    def listeners(self, caller: Caller) -> list[str]:
        found = sockets.announced(self.world.chat_table, self.id, caller.user_id)
        return [socket.connection_id for socket in found]
