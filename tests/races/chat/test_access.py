"""Races of a kick or suspension with subscriptions, sends and pushes; membership events in any order."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MemberState, MessageRequest, Socket, moderators_room_id
from services.chat.domain.socket import user_code
from services.chat.errors import CircleNotFound
from services.chat.repository import participants
from services.chat.repository.rooms import room_key
from services.chat.repository.sockets import subscriber_partition
from services.chat.settings import settings
from services.shared.kernel.clock import millis
from services.shared.kernel.errors import AccountSuspended
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    MembershipChanged,
    MembershipChangedData,
)
from services.shared.security.auth import Caller
from services.shared.table.items import Query
from simulation.memory import MemoryTable
from simulation.settings import overridden
from simulation.setup.chat import set_chat_members
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import HookedTable, RecordingSockets, SteppedCall, race

# `make races` plays all orders; a run of all tests a random sample of them.
MAX_ORDERS = 1_000_000 if "RACE_ROUNDS" in os.environ else 400

pytestmark = pytest.mark.cloud

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


@dataclass
class Lobby:
    """Lin is subscribed, Hao sends, and Mei has a connection and will be kicked."""

    simulation: Simulation
    circle_id: str = field(default_factory=lambda: new_id("cir"))
    id: str = ""

    def __post_init__(self) -> None:
        self.sockets = self.simulation.sockets = RecordingSockets()
        self.id = set_chat_members(self.simulation, self.circle_id, LIN, MEI, HAO)
        self.joined = millis(self.simulation.clock.now)
        self.numbers = count()
        self.subscribe(self.connect(LIN, "l1"))

    def connect(self, caller: Caller, name: str) -> Socket:
        ticket, _ = chat.create_ticket(self.simulation.chat, caller)
        return chat.connect_socket(self.simulation.chat, ticket, f"{name}.{self.id}")

    def subscribe(self, socket: Socket, table: Any = None) -> None:
        chat.subscribe_socket(
            replace(self.simulation.chat, table=table or self.simulation.chat_table), socket, self.circle_id, self.id
        )

    def kick(self, table: Any = None) -> None:
        self.apply_state(MEI, "kicked", self.joined + 1, table)

    def apply_state(self, who: Caller, state: str, version: int, table: Any = None) -> None:
        """Apply a membership event, as the inbox does."""
        data = MembershipChangedData.model_validate(
            {"circle_id": self.circle_id, "user_id": who.user_id, "role": "member", "state": state}
        )
        event = MembershipChanged(**envelope(self.simulation, f"{self.circle_id}/{who.user_id}", version), data=data)
        chat.apply_membership_changed(replace(self.simulation.chat, table=table or self.simulation.chat_table), event)

    def send(self, seconds: int = 1, who: Caller = HAO) -> None:
        """Send a message, after so many seconds."""
        self.simulation.clock.advance(seconds=seconds)
        request = MessageRequest(f"message-{next(self.numbers)}", 0, "在吗")
        chat.send_message(self.simulation.chat, who, self.circle_id, self.id, request)

    def count_pushes(self, name: str) -> int:
        """Count the pushes that a connection received."""
        return sum(connection_id == f"{name}.{self.id}" for connection_id, _ in self.sockets.received)

    def subscribers(self, *, of_all: bool = False) -> list[str]:
        """Return the connections in the room's subscriber items: those of Mei, or of all members."""
        prefix = None if of_all else f"{user_code(MEI.user_id)}#"
        query = Query(pk=subscriber_partition(self.id), prefix=prefix, limit=100, consistent_read=True)
        items = self.simulation.chat_table.query(query).items
        return [item["sk"].partition("#")[2].partition(".")[0] for item in items]


def try_to_subscribe(lobby: Lobby, socket: Socket, table: Any = None) -> None:
    try:
        lobby.subscribe(socket, table)
    except (CircleNotFound, AccountSuspended):
        return


class Pause:
    """Calls `something` before call number `at` of a table, and `then` at every later call."""

    def __init__(self, at: int, something: Callable[[], None], then: Callable[[], None] = lambda: None) -> None:
        self.at, self.something, self.then = at, something, then
        self.calls, self.done = 0, False

    def __call__(self, *_: Any, **__: Any) -> None:
        self.calls += 1
        if self.done:
            self.then()
        elif self.calls == self.at:
            self.done = True
            self.something()


def steps(play: Callable[[int], bool]) -> Iterator[int]:
    """Play with the pause at the first call, the second, and so on, until the pause is after the last call."""
    for at in count(1):
        yield at
        if not play(at):
            return


def assert_no_access(lobby: Lobby, pushed: int) -> None:
    """Mei has no subscriber, no push since `pushed`, and no history; Lin still receives pushes."""
    before = lobby.count_pushes("l1")
    lobby.send()
    assert lobby.subscribers() == []
    assert lobby.count_pushes("m1") == pushed
    assert lobby.count_pushes("l1") == before + 1
    with pytest.raises(CircleNotFound):
        chat.list_messages(lobby.simulation.chat, MEI, lobby.circle_id, lobby.id, 0, 10)


def kick_within_subscribe(simulation: Simulation, at: int) -> bool:
    """Run the whole kick before call `at` of a subscription, and send a message at every later call."""
    lobby = Lobby(simulation)
    socket = lobby.connect(MEI, "m1")
    pause = Pause(at, lobby.kick, lobby.send)
    try_to_subscribe(lobby, socket, HookedTable(simulation.chat_table, pause))
    if not pause.done:
        lobby.kick()
    assert_no_access(lobby, pushed=0)
    return pause.done


def subscribe_within_kick(simulation: Simulation, at: int) -> bool:
    """Run the whole subscription before call `at` of the kick."""
    lobby = Lobby(simulation)
    socket = lobby.connect(MEI, "m1")
    pause = Pause(at, partial(try_to_subscribe, lobby, socket))
    lobby.kick(HookedTable(simulation.chat_table, pause))
    assert_no_access(lobby, pushed=0)
    return pause.done


def test_h15_a_kick_at_each_step_of_a_subscription_leaves_nothing(rounds: Rounds) -> None:
    for simulation in rounds:
        assert list(steps(partial(kick_within_subscribe, simulation)))[-1] > 5


def test_h15_a_subscription_at_each_step_of_a_kick_leaves_nothing(rounds: Rounds) -> None:
    for simulation in rounds:
        assert list(steps(partial(subscribe_within_kick, simulation)))[-1] > 3


def interleave(order: tuple[int, ...], end: Callable[[Lobby, Any], None], reads: int) -> list[tuple[int, bool]]:
    """Make the calls of a subscription (0) and of `end` (1) in this order, then the rest of 0 before the rest of 1.

    reads: how many calls of `end` come before its first write. They read what a subscription does not write.
    After each call, once `end` is done, a message is sent. Returns whose turn each call was, and whether the other could
    have had it.
    """
    lobby = Lobby(Simulation(chat_table=MemoryTable()))
    # No calls of another room: they touch nothing of this one, and would multiply the orders.
    lobby.simulation.chat_table.delete(room_key(lobby.circle_id, moderators_room_id(lobby.circle_id)), when=None)
    socket = lobby.connect(MEI, "m1")
    actors = (
        SteppedCall(lobby.simulation.chat_table, partial(try_to_subscribe, lobby, socket)),
        SteppedCall(lobby.simulation.chat_table, partial(end, lobby)),
    )
    for _ in range(5):
        actors[0].step()  # up to its first write of a subscriber: no call before it can race, as the rate limit is Mei's alone
    for _ in range(1 + reads):
        actors[1].step()
    turns: list[tuple[int, bool]] = []
    while waiting := [number for number in (0, 1) if not actors[number].done]:
        turn = order[len(turns)] if len(turns) < len(order) else waiting[0]
        actors[turn].step()
        turns.append((turn, len(waiting) == 2))
        if actors[1].done:
            lobby.send()
            assert lobby.count_pushes("m1") == 0, turns
    assert lobby.subscribers() == [], turns
    return turns


def play_orders(play: Callable[[tuple[int, ...]], list[tuple[int, bool]]]) -> int:
    """Play in each possible order, or in a random sample of them; return how many were played."""
    played, chosen = 0, random.Random(1)
    waiting: list[tuple[int, ...]] = [()]
    while waiting and played < MAX_ORDERS:
        order = waiting.pop(chosen.randrange(len(waiting)))
        turns = play(order)
        played_order = tuple(turn for turn, _ in turns)
        waiting += [(*played_order[:at], 1 - played_order[at]) for at in range(len(order), len(turns)) if turns[at][1]]
        played += 1
    return played


def kick(lobby: Lobby, table: Any) -> None:
    lobby.kick(table)


def suspend(lobby: Lobby, table: Any) -> None:
    after = millis(lobby.simulation.clock.now) // 1000 + 1
    data = AccountStatusChangedData(user_id=MEI.user_id, level="suspended", until=None, valid_after=after)
    ports = replace(lobby.simulation.chat, table=table)
    chat.apply_account_status_changed(ports, AccountStatusChanged(**envelope(lobby.simulation, MEI.user_id), data=data))


@pytest.mark.parametrize(("end", "reads"), [(kick, 1), (suspend, 0)])
def test_h15_interleavings_of_a_subscription_with_an_end_of_access_leave_nothing(
    end: Callable[[Lobby, Any], None], reads: int, report: Callable[[str], None]
) -> None:
    """On a table in memory, one call at a time."""
    started_at = time.monotonic()
    played = play_orders(partial(interleave, end=end, reads=reads))
    report(f"{time.monotonic() - started_at:6.1f} s  {played} interleavings  {end.__name__}")
    assert played > 100


def test_h15_50_kicks_racing_subscriptions_and_sends_leave_nothing(rounds: Rounds) -> None:
    """200 calls: 50 members are kicked while they subscribe and 25 others send; none receives a push after the kick."""
    for simulation in rounds:
        lobby = Lobby(simulation)
        pushed: dict[str, int] = {}
        guests = {f"g{number}": caller(f"guest-{number}") for number in range(50)}
        speakers = [caller(f"speaker-{number}") for number in range(25)]
        set_chat_members(simulation, lobby.circle_id, *guests.values(), *speakers)
        sockets = dict(zip(guests, race([partial(lobby.connect, who, name) for name, who in guests.items()]), strict=True))

        def kick_guest(
            name: str, lobby: Lobby = lobby, pushed: dict[str, int] = pushed, guests: dict[str, Caller] = guests
        ) -> None:
            lobby.apply_state(guests[name], "kicked", lobby.joined + 1)
            pushed[name] = lobby.count_pushes(name)

        calls = [partial(kick_guest, name) for name in guests]
        calls += [partial(try_to_subscribe, lobby, socket) for socket in sockets.values()]
        calls += [partial(lobby.send, 0, speaker) for speaker in speakers] * 4
        with overridden(
            settings, burst_gap_milliseconds=0
        ):  # each send pushes; tests/races/chat/test_bursts.py is about bursts
            assert set(race(random.sample(calls, 200))) == {None}
        before = lobby.count_pushes("l1")
        lobby.send(1)
        assert {name: lobby.count_pushes(name) for name in guests} == pushed
        assert lobby.subscribers(of_all=True) == ["l1"]
        assert (before, lobby.count_pushes("l1")) == (100, 101)


def test_h15_membership_events_in_any_order_and_number_leave_the_newest(rounds: Rounds) -> None:
    """200 deliveries, shuffled: 10 members, 5 states each, each event 4 times. The newest state is stored."""
    for simulation in rounds:
        lobby = Lobby(simulation)
        guests = [caller(f"guest-{number}") for number in range(10)]
        states = ("member", "kicked", "member", "banned")
        last = {guest.user_id: ("member", "left")[number % 2] for number, guest in enumerate(guests)}
        deliveries = [
            partial(lobby.apply_state, guest, state, version)
            for guest in guests
            for version, state in enumerate((*states, last[guest.user_id]), start=lobby.joined)
        ]
        race(random.sample(deliveries * 4, 200))
        for guest in guests:
            stored = participants.find_participant(simulation.chat_table, lobby.circle_id, guest.user_id, consistent_read=True)
            assert stored
            assert (stored.state, stored.version) == (MemberState(last[guest.user_id]), lobby.joined + 4)
