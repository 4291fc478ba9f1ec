"""Take-downs of a message against readers, pins, each other, and the head of the room."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageKind
from services.chat.errors import MessageNotFound
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.setup.events import take_down_changed
from simulation.streams import deliver
from tests.races.conftest import Rounds
from tests.support.races import race, types_of

pytestmark = pytest.mark.cloud

TEXT = "加我看更多"


def lobby(simulation: Any) -> Lobby:
    """A lobby in which Lin is a moderator; Mei's message has the number 2 of 3."""
    room = Lobby(simulation)
    simulation.clock.advance(seconds=1)
    set_chat_members(simulation, room.circle_id, LIN, role="moderator")
    for sender, text in ((HAO, "在吗"), (MEI, TEXT), (HAO, "不加")):
        room.send(sender, text)
    return room


def taking_down(room: Lobby, case_id: str, version: int, *, is_active: bool, seq: int = 2) -> Any:
    how: dict[str, Any] = {"case_id": case_id, "version": version, "is_active": is_active}
    event = take_down_changed(room.simulation, "chat", "message", f"{room.id}/{seq}", room.circle_id, **how)
    return partial(deliver, room.simulation, "chat", event)


def test_a4_two_take_downs_and_a_restore_at_once_leave_what_the_cases_say(rounds: Rounds) -> None:
    for simulation in rounds:
        room, (restored, upheld) = lobby(simulation), (new_id("cas"), new_id("cas"))
        calls = [
            taking_down(room, restored, 1, is_active=True),
            taking_down(room, restored, 2, is_active=False),
            taking_down(room, upheld, 1, is_active=True),
        ] * 5
        assert set(race(random.sample(calls, len(calls)))) == {None}
        assert room.list_messages(HAO)[1].kind is MessageKind.TAKEN_DOWN
        taking_down(room, upheld, 2, is_active=False)()
        assert room.list_messages(HAO)[1].text == TEXT


def test_a4_readers_at_once_get_the_message_or_a_tombstone_and_after_it_a_tombstone(rounds: Rounds) -> None:
    for simulation in rounds:
        room = lobby(simulation)
        reads = [partial(room.list_messages, HAO)] * 12
        results = race([*reads[:6], taking_down(room, new_id("cas"), 1, is_active=True), *reads[6:]])
        pages = [result for result in results if result is not None]
        assert all([message.seq for message in page] == [1, 2, 3] for page in pages)
        assert {(page[1].kind, page[1].text) for page in pages} <= {(MessageKind.TEXT, TEXT), (MessageKind.TAKEN_DOWN, "")}
        assert room.list_messages(HAO)[1].text == ""


def test_a4_a_message_that_is_down_is_pinned_for_no_reader(rounds: Rounds) -> None:
    for simulation in rounds:
        room = lobby(simulation)
        pin = partial(chat.pin_message, simulation.chat, LIN, room.circle_id, room.id, 2)
        results = race([pin, taking_down(room, new_id("cas"), 1, is_active=True), pin])
        assert types_of(results) <= {type(None), MessageNotFound}
        assert chat.list_pinned_messages(simulation.chat, HAO, room.circle_id, room.id).items == []
        assert chat.list_own_rooms(simulation.chat, HAO, PageRequest(5)).items
