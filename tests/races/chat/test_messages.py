"""One room under many hands at once: each wish once, numbers without a gap, readers who never look back."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import VOID_AFTER, Draft, Kind, Message
from services.chat.errors import MessageConflict, TooFast
from services.shared.kernel.ids import new_id
from services.shared.security.auth import Caller
from simulation.setup.common import tell_chat
from simulation.simulation import World, person
from tests.races.conftest import Rounds
from tests.support.races import Died, Hooked, apart, kinds, race

pytestmark = pytest.mark.cloud

LIN = person("lin")


@dataclass
class Room:
    """A lobby of that many people; LIN reads."""

    world: World
    size: int
    circle_id: str = field(default_factory=lambda: new_id("cir"))
    id: str = ""
    seen: int = 0

    def __post_init__(self) -> None:
        self.people = [person(f"member-{number}") for number in range(self.size)]
        self.id = tell_chat(self.world, self.circle_id, LIN, *self.people)

    def say(self, by: Caller, draft: Draft, **ports: Any) -> Message:
        return chat.send_message(replace(self.world.chat, **ports), by, self.circle_id, self.id, draft)[0]

    def sending(self, by: Caller, name: str, text: str = "在吗", **ports: Any) -> Callable[[], Message]:
        return partial(self.say, by, Draft(name, 0, text), **ports)

    def following(self, by: Caller, number: int) -> Message:
        """Send as an app does that follows the room, a message every two seconds."""
        at = self.world.clock.now + timedelta(seconds=2 * number)
        return self.say(by, Draft(f"message-{number}", self.seen, "在吗"), clock=lambda: at)

    def read(self, after: int = 0) -> list[Message]:
        page, more = chat.list_messages(self.world.chat, LIN, self.circle_id, self.id, after, 100)
        found = [message for message, _ in page]
        return found + self.read(found[-1].seq) if more else found


class Reader:
    """Follows a room by number while others send, and keeps everything it was given."""

    def __init__(self, room: Room, stop: threading.Event) -> None:
        self.given: list[Message] = []
        self._room, self._stop = room, stop

    def follow(self) -> None:
        while not self._stop.wait(0.05):
            self.look()

    def look(self) -> None:
        self.given += self._room.read(self.given[-1].seq if self.given else 0)
        self._room.seen = self.given[-1].seq if self.given else 0


def while_read(room: Room, calls: list[Callable[[], Message]], readers: int = 2) -> tuple[list[Any], list[Reader]]:
    """The calls' answers, and readers who followed meanwhile and looked once more afterwards."""
    stop = threading.Event()
    following = [Reader(room, stop) for _ in range(readers)]
    with ThreadPoolExecutor(readers) as pool:
        done = [pool.submit(reader.follow) for reader in following]
        try:
            answers = race(calls)
        finally:
            stop.set()
        for one in done:
            one.result()
    for reader in following:
        reader.look()
    return answers, following


def test_h1_fifty_sends_of_one_id_are_one_message_with_equal_answers(rounds: Rounds) -> None:
    for world in rounds:
        room = Room(world, 1)
        answers = race([room.sending(room.people[0], "one-wish-1")] * 50)
        assert kinds(answers) == {Message}
        assert len(set(answers)) == 1
        assert room.read() == [answers[0]]
        world.clock.advance(hours=25)
        assert set(race([room.sending(room.people[0], "one-wish-1")] * 50)) == set(answers)
        assert room.read() == [answers[0]]


def test_h1_fifty_sends_of_one_id_with_two_texts_are_one_message_and_refusals(rounds: Rounds) -> None:
    for world in rounds:
        room = Room(world, 1)
        texts = ("一", "二")
        answers = race([room.sending(room.people[0], "one-wish-1", text) for _ in range(25) for text in texts])
        (kept,) = room.read()
        winners = answers[texts.index(kept.text) :: 2]
        losers = answers[1 - texts.index(kept.text) :: 2]
        assert (set(winners), kinds(losers)) == ({kept}, {MessageConflict})
        assert {loser.status for loser in losers} == {422}


def test_h1_same_id_of_many_senders_is_a_message_each(rounds: Rounds) -> None:
    for world in rounds:
        room = Room(world, 50)
        answers = race([room.sending(member, "one-wish-1") for member in room.people] * 4)
        assert Counter(answer.sender for answer in answers) == {member.user_id: 4 for member in room.people}
        assert sorted(set(answers), key=lambda message: message.seq) == room.read()
        assert [message.seq for message in room.read()] == list(range(1, 51))


def test_h2_five_hundred_sends_are_numbered_without_a_gap_under_readers_eyes(rounds: Rounds) -> None:
    for world in rounds:
        room = Room(world, 125)
        calls = [partial(room.following, member, number) for number in range(4) for member in room.people]
        answers, readers = while_read(room, calls)
        assert kinds(answers) == {Message}
        assert sorted(message.seq for message in answers) == list(range(1, 501))
        history = room.read()
        assert history == sorted(answers, key=lambda message: message.seq)
        for reader in readers:
            assert reader.given == history


def dying(table: Any) -> Any:
    """The table of a function that stops after it has taken its number."""

    def before(name: str, *given: Any, **_: Any) -> None:
        if name == "put" and given[0]["sk"].startswith("MSG#"):
            raise Died

    return Hooked(table, before)


def stopping(call: Callable[[], Message]) -> None:
    with pytest.raises(Died):
        call()


def test_h2_sends_that_die_leave_voids_and_their_writers_send_anew_once(rounds: Rounds) -> None:
    """160 wishes, 40 die between number and message. After 15 s readers void them while their writers try again, twice
    each: every wish is said once, and no reader looks back."""
    for world in rounds:
        room, dead = Room(world, 160), dying(world.chat_table)
        fatal = [partial(stopping, room.sending(one, "one-wish-1", table=dead)) for one in room.people[::4]]
        alive = [room.sending(one, "one-wish-1") for number, one in enumerate(room.people) if number % 4]
        calls = [call for number in range(40) for call in (fatal[number], *alive[3 * number : 3 * number + 3])]
        said, before = while_read(room, calls)
        stuck = len(room.read())
        assert stuck < 160
        assert [reader.given for reader in before] == [room.read()] * 2
        world.clock.advance(seconds=VOID_AFTER.total_seconds())
        late, after = while_read(room, [room.sending(one, "one-wish-1") for one in room.people[::4]] * 2)
        history = room.read()
        assert [message.seq for message in history] == list(range(1, len(history) + 1))
        texts = [message for message in history if message.kind is Kind.TEXT]
        assert Counter(message.sender for message in texts) == {one.user_id: 1 for one in room.people}
        assert set(texts) == {one for one in said if one} | set(late)
        assert late[:40] == late[40:]
        assert [reader.given for reader in after] == [history] * 2
        assert history[:stuck] == before[0].given


def test_h12_two_hundred_sends_of_one_person_are_five_and_others_are_unaffected(rounds: Rounds) -> None:
    for world in rounds:
        room = Room(world, 11)
        flood = [room.sending(room.people[0], f"message-{number}") for number in range(200)]
        others = [room.sending(one, "message-1") for one in room.people[1:]]
        answers = race(flood[:100] + others + flood[100:])
        served, refused = apart(answers[:100] + answers[110:])
        assert (len(served), Counter(map(type, refused))) == (5, {TooFast: 195})
        assert kinds(answers[100:110]) == {Message}
        assert [message.seq for message in room.read()] == list(range(1, 16))


def test_h4_markers_moved_at_once_stand_at_the_furthest(rounds: Rounds) -> None:
    for world in rounds:
        room = Room(world, 50)
        race([room.sending(one, "message-1") for one in room.people])
        moves = [partial(chat.mark_read, world.chat, LIN, room.circle_id, room.id, seq) for seq in range(1, 51)]
        stood = race(moves * 2)
        assert all(where >= seq for where, seq in zip(stood, list(range(1, 51)) * 2, strict=True))
        ((_, marker, unread),), _ = chat.list_own_rooms(world.chat, LIN, 10, None)
        assert (marker, unread) == (50, 0)
