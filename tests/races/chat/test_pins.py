"""Races of pins in one room: exactly 5 win, and no pin is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import PinLimitReached
from services.shared.kernel.ids import new_id
from simulation.setup.chat import set_chat_members
from simulation.simulation import Simulation
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results

pytestmark = pytest.mark.cloud

LIN = caller("lin")


class Room:
    """A lobby with 10 messages, in which Lin is a moderator."""

    def __init__(self, simulation: Simulation) -> None:
        self.ports, self.circle_id = simulation.chat, new_id("cir")
        self.id = set_chat_members(simulation, self.circle_id, LIN, role="moderator")
        for number in range(10):
            simulation.clock.advance(seconds=2)
            chat.send_message(self.ports, LIN, self.circle_id, self.id, MessageRequest(f"message-{number}", number, "在吗"))

    def pinning(self, seq: int) -> Callable[[], None]:
        return partial(chat.pin_message, self.ports, LIN, self.circle_id, self.id, seq)

    def unpinning(self, seq: int) -> Callable[[], None]:
        return partial(chat.unpin_message, self.ports, LIN, self.circle_id, self.id, seq)

    def pins(self) -> list[int]:
        return [entry.message.seq for entry in chat.list_pinned_messages(self.ports, LIN, self.circle_id, self.id).items]


def test_h25_of_10_parallel_pins_5_win(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation)
        results = race([room.pinning(seq) for seq in range(1, 11)])
        assert sorted(room.pins()) == [seq for seq, result in enumerate(results, 1) if result is None]
        pinned, errors = split_results(results)
        assert (len(pinned), {type(error) for error in errors}) == (5, {PinLimitReached})


def test_h25_parallel_pins_of_one_message_are_one_pin(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation)
        assert set(race([room.pinning(1)] * 20)) == {None}
        assert room.pins() == [1]


def test_h25_parallel_pins_and_unpins_lose_none(rounds: Rounds) -> None:
    """2 messages are unpinned while 2 others are pinned, each call twice: the rest stays."""
    for simulation in rounds:
        room = Room(simulation)
        for seq in (1, 2, 3):
            room.pinning(seq)()
        calls = [room.unpinning(1), room.unpinning(2), room.pinning(4), room.pinning(5)] * 2
        assert set(race(random.sample(calls, 8))) == {None}
        assert sorted(room.pins()) == [3, 4, 5]
