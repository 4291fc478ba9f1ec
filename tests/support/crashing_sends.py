"""Sends that crash between their sequence number and their message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.shared.security.auth import Caller
from simulation.setup.chat import MEI, Lobby
from simulation.simulation import Simulation
from tests.support.races import Crashed, HookedTable


def crash_between_writes(room: Lobby, msg_id: str, after: int) -> int:
    """Let a send of Mei crash after its number is reserved, in any block; return the number."""
    room.simulation.clock.advance(seconds=1)
    return crash_send(room.simulation, MEI, room.circle_id, room.id, MessageRequest(msg_id, after, "在吗"))


def crash_send(simulation: Simulation, sender: Caller, circle_id: str, room_id: str, request: MessageRequest) -> int:
    """Let a send crash after its number is reserved; return the number."""
    numbers: list[int] = []

    def crash(name: str, *given: Any, **_: Any) -> None:
        if name == "put" and "seq" in given[0]:
            numbers.append(given[0]["seq"])
            raise Crashed

    ports: Any = replace(simulation.chat, table=HookedTable(simulation.chat_table, crash))
    with pytest.raises(Crashed):
        chat.send_message(ports, sender, circle_id, room_id, request)
    return numbers[0]
