"""Races of a purge with readers and senders: no reader stores a void, and what is left is what has not expired."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.repository.message_items import message_partition
from services.chat.repository.messages import list_messages_after
from services.chat.repository.rooms import get_room, save_head
from services.shared.kernel.ids import new_id
from services.shared.table.purging import iter_items
from simulation.setup.chat import set_chat_members
from simulation.setup.rooms import set_room
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race

pytestmark = pytest.mark.cloud

LIN = caller("lin")


def test_h16_readers_and_a_purge_at_once_leave_what_has_not_expired(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id, ports = new_id("cir"), simulation.chat
        room_id = set_chat_members(simulation, circle_id, LIN, role="owner")
        for number in range(4):
            simulation.clock.advance(seconds=2)
            chat.send_message(ports, LIN, circle_id, room_id, MessageRequest(f"message-{number}", number, "在吗"))
        room = get_room(ports.table, circle_id, room_id)
        save_head(ports.table, room, room.head.append(list_messages_after(ports.table, circle_id, room_id, 0, 10).items))
        set_room(simulation, LIN, circle_id, room_id, retention_days=1)
        simulation.clock.now += timedelta(days=2)
        reads = [partial(chat.list_messages, ports, LIN, circle_id, room_id, after_seq, 50) for after_seq in (0, 1, 3, None)]
        sends = [
            partial(chat.send_message, ports, LIN, circle_id, room_id, MessageRequest(f"new-message-{number}", 4, "在吗"))
            for number in range(2)
        ]
        race([partial(chat.handle_jobs, ports), *reads, *sends])
        left = [item["seq"] for item in iter_items(simulation.chat_table, message_partition(circle_id, room_id))]
        entries, _ = chat.list_messages(ports, LIN, circle_id, room_id, 0, 50)
        assert left == [entry.message.seq for entry in entries] == [5, 6]
