"""Races of two sends of one member in a slow room: one is stored."""

from __future__ import annotations

from functools import partial

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import SlowModeActive
from services.shared.kernel.ids import new_id
from simulation.setup.chat import set_chat_members
from simulation.setup.rooms import set_room
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results

pytestmark = pytest.mark.cloud

LIN, MEI = caller("lin"), caller("mei")


def test_h11_of_two_sends_at_once_one_is_stored_each_retry_of_it_too(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = new_id("cir")
        room_id = set_chat_members(simulation, circle_id, LIN, role="moderator")
        set_chat_members(simulation, circle_id, MEI)
        set_room(simulation, LIN, circle_id, room_id, slow_mode_seconds=60)
        requests = [MessageRequest(f"message-{number}", 0, "在吗") for number in range(2)]
        calls = [partial(chat.send_message, simulation.chat, MEI, circle_id, room_id, request) for request in requests * 2]
        sent, errors = split_results(race(calls))
        assert ({message.seq for message, _ in sent}, {type(error) for error in errors}) == ({1}, {SlowModeActive})
        entries, _ = chat.list_messages(simulation.chat, LIN, circle_id, room_id, 0, 10)
        assert len(entries) == 1
