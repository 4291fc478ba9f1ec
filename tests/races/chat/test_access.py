"""A kick against everything that crosses it: subscriptions, sends, pushes, and news of membership out of order."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import AccountStatus, Draft, Socket
from services.chat.errors import CircleNotFound
from services.chat.repository import rooms
from services.shared.kernel.clock import millis
from services.shared.kernel.errors import Unauthorized
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import AccountStatusChanged, MembershipChanged, MembershipChangedData
from services.shared.messaging.events import AccountStatusChangedData as PersonStanding
from services.shared.security.auth import Caller
from services.shared.table.port import Query
from simulation.memory import MemoryTable
from simulation.setup.common import envelope, tell_chat
from simulation.simulation import World, person
from tests.races.conftest import Rounds
from tests.support.races import Actor, Hooked, LiveSockets, race

pytestmark = pytest.mark.cloud

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")


@dataclass
class Lobby:
    """LIN listens, HAO speaks, MEI has a connection and is about to be kicked."""

    world: World
    circle_id: str = field(default_factory=lambda: new_id("cir"))
    id: str = ""

    def __post_init__(self) -> None:
        self.sockets = self.world.sockets = LiveSockets()
        self.id = tell_chat(self.world, self.circle_id, LIN, MEI, HAO)
        self.joined = millis(self.world.clock.now)
        self.numbers = count()
        self.subscribe(self.connect(LIN, "l1"))

    def connect(self, caller: Caller, name: str) -> Socket:
        ticket, _ = chat.create_ticket(self.world.chat, caller)
        return chat.connect_socket(self.world.chat, ticket, f"{name}.{self.id}")

    def subscribe(self, socket: Socket, table: Any = None) -> None:
        chat.subscribe_socket(replace(self.world.chat, table=table or self.world.chat_table), socket, self.circle_id, self.id)

    def kick(self, table: Any = None) -> None:
        self.tell(MEI, "kicked", self.joined + 1, table)

    def tell(self, who: Caller, state: str, version: int, table: Any = None) -> None:
        """What circles says of a person arrives."""
        data = MembershipChangedData.model_validate(
            {"circle_id": self.circle_id, "user_id": who.user_id, "role": "member", "state": state}
        )
        event = MembershipChanged(**envelope(self.world, f"{self.circle_id}/{who.user_id}", version), data=data)
        chat.keep_participant(replace(self.world.chat, table=table or self.world.chat_table), event)

    def say(self, seconds: int = 1, who: Caller = HAO) -> None:
        """Somebody says something, so many seconds after the last thing that happened."""
        self.world.clock.advance(seconds=seconds)
        draft = Draft(f"message-{next(self.numbers)}", 0, "在吗")
        chat.send_message(self.world.chat, who, self.circle_id, self.id, draft)

    def heard(self, name: str) -> int:
        """How many pushes a connection was given."""
        return sum(connection_id == f"{name}.{self.id}" for connection_id, _ in self.sockets.heard)

    def rows(self, *, everybody: bool = False) -> list[str]:
        """The connections that the room still knows: MEI's, or everybody's."""
        prefix = None if everybody else f"{MEI.user_id}#"
        page = self.world.chat_table.query(Query(pk=f"LISTEN#{self.id}", prefix=prefix, limit=100, consistent_read=True))
        return [row["sk"].partition("#")[2].partition(".")[0] for row in page.items]


def subscribing(lobby: Lobby, socket: Socket, table: Any = None) -> None:
    try:
        lobby.subscribe(socket, table)
    except (CircleNotFound, Unauthorized):
        return


class Pause:
    """Does something before call number `at`; after it, `then` at every further call."""

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
    """Play with the pause at the first call, the second, ... until the pause is behind the last."""
    for at in count(1):
        yield at
        if not play(at):
            return


def is_out(lobby: Lobby, pushed: int) -> None:
    """MEI is out: no row, no push since `pushed`, nothing to read; LIN is untouched."""
    before = lobby.heard("l1")
    lobby.say()
    assert lobby.rows() == []
    assert lobby.heard("m1") == pushed
    assert lobby.heard("l1") == before + 1
    with pytest.raises(CircleNotFound):
        chat.list_messages(lobby.world.chat, MEI, lobby.circle_id, lobby.id, 0, 10)


def kick_within_subscribe(world: World, at: int) -> bool:
    """The whole kick before call `at` of a subscription, and a message at every call from then on."""
    lobby = Lobby(world)
    socket = lobby.connect(MEI, "m1")
    pause = Pause(at, lobby.kick, lobby.say)
    subscribing(lobby, socket, Hooked(world.chat_table, pause))
    if not pause.done:
        lobby.kick()
    is_out(lobby, pushed=0)
    return pause.done


def subscribe_within_kick(world: World, at: int) -> bool:
    """The whole subscription before call `at` of the kick."""
    lobby = Lobby(world)
    socket = lobby.connect(MEI, "m1")
    pause = Pause(at, partial(subscribing, lobby, socket))
    lobby.kick(Hooked(world.chat_table, pause))
    is_out(lobby, pushed=0)
    return pause.done


def test_h15_a_kick_at_each_step_of_a_subscription_leaves_nothing(rounds: Rounds) -> None:
    for world in rounds:
        assert list(steps(partial(kick_within_subscribe, world)))[-1] > 5


def test_h15_a_subscription_at_each_step_of_a_kick_leaves_nothing(rounds: Rounds) -> None:
    for world in rounds:
        assert list(steps(partial(subscribe_within_kick, world)))[-1] > 3


def crossing(order: tuple[int, ...], end: Callable[[Lobby, Any], None]) -> list[tuple[int, bool]]:
    """A subscription (0) and `end` (1) make their calls in this order, then by turns as they can; a message goes out
    after each call once `end` is done. Answers whose turn each was, and whether it could have been the other's."""
    lobby = Lobby(World(chat_table=MemoryTable()))
    socket = lobby.connect(MEI, "m1")
    actors = (
        Actor(lobby.world.chat_table, partial(subscribing, lobby, socket)),
        Actor(lobby.world.chat_table, partial(end, lobby)),
    )
    for _ in range(3):
        actors[0].step()  # up to its first write: before it there is nothing to cross
    actors[1].step()
    taken: list[tuple[int, bool]] = []
    while waiting := [number for number in (0, 1) if not actors[number].done]:
        turn = order[len(taken)] if len(taken) < len(order) else waiting[0]
        actors[turn].step()
        taken.append((turn, len(waiting) == 2))
        if actors[1].done:
            lobby.say()
            assert lobby.heard("m1") == 0, taken
    assert lobby.rows() == [], taken
    return taken


def every_order(play: Callable[[tuple[int, ...]], list[tuple[int, bool]]]) -> int:
    """Play in each order there is; answers how many that are."""
    played, waiting = 0, [()]
    while waiting:
        order: tuple[int, ...] = waiting.pop()
        taken = play(order)
        turns = tuple(turn for turn, _ in taken)
        waiting += [(*turns[:at], 1 - turns[at]) for at in range(len(order), len(taken)) if taken[at][1]]
        played += 1
    return played


def kicking(lobby: Lobby, table: Any) -> None:
    lobby.kick(table)


def suspending(lobby: Lobby, table: Any) -> None:
    after = millis(lobby.world.clock.now) // 1000 + 1
    data = PersonStanding(user_id=MEI.user_id, level="suspended", until=None, valid_after=after)
    ports = replace(lobby.world.chat, table=table)
    chat.apply_account_status_changed(ports, AccountStatusChanged(**envelope(lobby.world, MEI.user_id), data=data))


@pytest.mark.parametrize("end", [kicking, suspending])
def test_h15_every_interleaving_of_a_subscription_with_an_end_of_access_leaves_nothing(
    end: Callable[[Lobby, Any], None], say: Callable[[str], None]
) -> None:
    """Over a table in memory, call by call."""
    begun = time.monotonic()
    played = every_order(partial(crossing, end=end))
    say(f"{time.monotonic() - begun:6.1f} s  {played} interleavings  {end.__name__}")
    assert played > 100


def test_h15_fifty_kicks_crossing_subscriptions_and_sends_leave_nothing(rounds: Rounds) -> None:
    """200 calls: 50 people are kicked while they subscribe and 25 others talk; nobody hears a word after their kick."""
    for world in rounds:
        lobby, heard = Lobby(world), {}
        guests = {f"g{number}": person(f"guest-{number}") for number in range(50)}
        speakers = [person(f"speaker-{number}") for number in range(25)]
        tell_chat(world, lobby.circle_id, *guests.values(), *speakers)
        sockets = dict(zip(guests, race([partial(lobby.connect, who, name) for name, who in guests.items()]), strict=True))

        def kick(name: str, lobby: Lobby = lobby, heard: dict[str, int] = heard, guests: dict[str, Caller] = guests) -> None:
            lobby.tell(guests[name], "kicked", lobby.joined + 1)
            heard[name] = lobby.heard(name)

        calls = [partial(kick, name) for name in guests]
        calls += [partial(subscribing, lobby, socket) for socket in sockets.values()]
        calls += [partial(lobby.say, 0, speaker) for speaker in speakers] * 4
        assert set(race(random.sample(calls, 200))) == {None}
        before = lobby.heard("l1")
        lobby.say()
        assert {name: lobby.heard(name) for name in guests} == heard
        assert lobby.rows(everybody=True) == ["l1"]
        assert (before, lobby.heard("l1")) == (100, 101)


def test_h15_news_of_membership_in_any_order_and_number_leaves_the_last(rounds: Rounds) -> None:
    """200 deliveries: 10 people, 5 states each, every one four times, shuffled: the newest stands."""
    for world in rounds:
        lobby = Lobby(world)
        people = [person(f"guest-{number}") for number in range(10)]
        states = ("member", "kicked", "member", "banned")
        last = {guest.user_id: ("member", "left")[number % 2] for number, guest in enumerate(people)}
        news = [
            partial(lobby.tell, guest, state, version)
            for guest in people
            for version, state in enumerate((*states, last[guest.user_id]), start=lobby.joined)
        ]
        race(random.sample(news * 4, 200))
        for guest in people:
            row = world.chat_table.get(rooms.participant_key(lobby.circle_id, guest.user_id), consistent_read=True)
            assert row
            stands = rooms.participant_from_item(row)
            assert (stands.standing, stands.version) == (AccountStatus(last[guest.user_id]), lobby.joined + 4)
