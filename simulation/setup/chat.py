"""A lobby with three members."""

from __future__ import annotations

from datetime import datetime

from services.chat import usecases as chat
from services.chat.domain import Message, MessageRequest, SequenceBlock
from services.chat.repository import messages, sockets
from services.shared.kernel.ids import derive_id, new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import (
    CircleActivated,
    CircleChanged,
    CircleData,
    MembershipChanged,
    MembershipChangedData,
)
from services.shared.security.auth import Caller
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


def set_chat_members(
    simulation: Simulation,
    circle_id: str,
    *members: Caller,
    state: str = "member",
    role: str = "member",
    version: int | None = None,
) -> str:
    """Publish to chat that a circle is open and which state and role its members have; return the id of its lobby."""
    opened = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=members[0].user_id, state="active")
    deliver(simulation, "chat", CircleActivated(**envelope(simulation, circle_id), data=opened))
    since = simulation.clock.now if state == "member" else None
    for member in members:
        data = MembershipChangedData.model_validate(
            {"circle_id": circle_id, "user_id": member.user_id, "role": role, "state": state, "member_since": since}
        )
        deliver(
            simulation, "chat", MembershipChanged(**envelope(simulation, f"{circle_id}/{member.user_id}", version), data=data)
        )
    return derive_id("rom", circle_id)


def set_circle_state(
    simulation: Simulation, circle_id: str, state: str, until: datetime | None = None, version: int | None = None
) -> None:
    """Publish to chat, a second later, which state a circle of Lin has."""
    simulation.clock.advance(seconds=1)
    values = {"circle_id": circle_id, "name": "" if state == "closed" else "城市观鸟圈", "owner_id": LIN.user_id}
    data = CircleData.model_validate({**values, "state": state, "read_only_until": until})
    deliver(simulation, "chat", CircleChanged(**envelope(simulation, circle_id, version), data=data))


class Lobby:
    """A lobby with Lin, Mei and Hao."""

    def __init__(self, simulation: Simulation | None = None) -> None:
        self.simulation = simulation or Simulation()
        self.circle_id = new_id("cir")
        self.id = set_chat_members(self.simulation, self.circle_id, LIN, MEI, HAO)
        self.count = 0

    def send(
        self,
        caller: Caller = MEI,
        text: str = "在吗",
        after: int = 0,
        msg_id: str | None = None,
        *,
        pause: float = 1,
        ports: chat.Ports | None = None,
    ) -> Message:
        """Send a message, so many seconds after the one before. ports: with adapters of the test's own."""
        self.count += 1
        self.simulation.clock.advance(seconds=pause)
        request = MessageRequest(msg_id or f"message-{self.count}", after, text)
        return chat.send_message(ports or self.simulation.chat, caller, self.circle_id, self.id, request)[0]

    def list_messages(self, caller: Caller = LIN, after: int = 0, limit: int = 100) -> list[Message]:
        entries, _ = chat.list_messages(self.simulation.chat, caller, self.circle_id, self.id, after, limit)
        return [entry.message for entry in entries]

    def abandon_send(self, msg_id: str = "abandoned", after: int = 0) -> int:
        """Stop a send between its two writes: the sequence number is reserved, and the message is never stored."""
        token, at = MessageRequest(msg_id, after, "").idempotency_token(MEI.user_id), self.simulation.clock.now
        where = (self.simulation.chat_table, self.circle_id, self.id, SequenceBlock.containing(after))
        return messages.reserve_sequence_number(*where, token, at=at).number

    def own_room(self, caller: Caller) -> chat.OwnRoom:
        """Return the room in the chat list of a member, after the stream handler has processed what was sent."""
        handle_new_changes(self.simulation, "chat")
        rooms = chat.list_own_rooms(self.simulation.chat, caller, PageRequest(10)).items
        return next(own for own in rooms if own.room.id == self.id)

    def count_unread(self, caller: Caller) -> int:
        return self.own_room(caller).unread

    def subscribe(self, caller: Caller, connection_id: str) -> None:
        ticket, _ = chat.create_ticket(self.simulation.chat, caller)
        socket = chat.connect_socket(self.simulation.chat, ticket, connection_id)
        chat.subscribe_socket(self.simulation.chat, socket, self.circle_id, self.id)

    def kick(self, caller: Caller) -> None:
        self.simulation.clock.advance(seconds=1)
        set_chat_members(self.simulation, self.circle_id, caller, state="kicked")

    def connections_of(self, caller: Caller) -> list[str]:
        found = sockets.iter_subscribers_of_user(self.simulation.chat_table, self.id, caller.user_id)
        return [socket.connection_id for socket in found]
