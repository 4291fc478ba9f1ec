"""The stream pushes a burst while access ends, and while other functions send."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from simulation.memory import MemoryTable
from simulation.setup.chat import set_chat_members
from simulation.simulation import Simulation
from simulation.streams import handle_changes, new_changes
from simulation.users import caller
from tests.races.chat.test_access import HAO, MEI, Lobby, Pause, steps
from tests.races.conftest import Rounds
from tests.support.races import HookedTable, race


def kick_within_push(at: int) -> bool:
    """Kick Mei before call `at` of the stream handler that pushes a burst."""
    lobby = Lobby(Simulation(chat_table=MemoryTable()))
    lobby.subscribe(lobby.connect(MEI, "m1"))
    for seconds in (1, 0, 0):
        lobby.send(seconds)
    assert (lobby.count_pushes("m1"), lobby.count_pushes("l1")) == (1, 1)
    pushed: list[int] = []

    def kick() -> None:
        lobby.kick()
        pushed.append(lobby.count_pushes("m1"))

    pause = Pause(at, kick)
    ports = replace(lobby.simulation.chat, table=HookedTable(lobby.simulation.chat_table, pause))
    handle_changes("chat", ports, new_changes(lobby.simulation, "chat"))
    if pause.done:
        assert lobby.count_pushes("m1") == pushed[0], "no push after the kick"
    assert lobby.count_pushes("l1") == 3
    return pause.done


def test_h15_a_kick_at_each_step_of_the_push_of_a_burst_ends_the_pushes() -> None:
    assert list(steps(kick_within_push))[-1] > 4


def test_h2_sends_at_once_are_each_pushed_once_by_a_sender_or_by_the_stream(rounds: Rounds) -> None:
    """40 members send at the same time, and the stream handler runs meanwhile, as often as it likes."""
    for _ in rounds:
        lobby = Lobby(Simulation(chat_table=MemoryTable()))
        senders = [caller(f"sender-{number}") for number in range(40)]
        set_chat_members(lobby.simulation, lobby.circle_id, *senders)
        new_changes(lobby.simulation, "chat")
        lobby.send(1, HAO)
        requests = [MessageRequest(f"at-once-{number:04}", 0, "在吗") for number in range(len(senders))]

        def run_stream(lobby: Lobby = lobby) -> None:
            handle_changes("chat", lobby.simulation.chat, new_changes(lobby.simulation, "chat"))

        calls = [
            partial(chat.send_message, lobby.simulation.chat, sender, lobby.circle_id, lobby.id, request)
            for sender, request in zip(senders, requests, strict=True)
        ]
        race(calls)
        run_stream()
        pushed = Counter(seq for name, seq in lobby.sockets.received if name.startswith("l1."))
        assert pushed == dict.fromkeys(range(1, 42), 1)
