"""Races in one room: each request is stored once, numbers have no gaps, and readers never get an older number later."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import VOID_AFTER, Message, MessageKind, MessageRequest
from services.chat.errors import MessageConflict, SendRateExceeded
from services.shared.http.statuses import status_of
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.setup.chat import set_chat_members
from simulation.simulation import Simulation
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import Crashed, HookedTable, race, split_results, types_of

pytestmark = pytest.mark.cloud

LIN = caller("lin")


@dataclass
class Room:
    """A lobby of `size` members; Lin reads."""

    simulation: Simulation
    size: int
    circle_id: str = field(default_factory=lambda: new_id("cir"))
    id: str = ""
    seen: int = 0

    def __post_init__(self) -> None:
        self.members = [caller(f"member-{number}") for number in range(self.size)]
        self.id = set_chat_members(self.simulation, self.circle_id, LIN, *self.members)

    def send(self, by: Caller, request: MessageRequest, **ports: Any) -> Message:
        return chat.send_message(replace(self.simulation.chat, **ports), by, self.circle_id, self.id, request)[0]

    def sending(self, by: Caller, name: str, text: str = "在吗", **ports: Any) -> Callable[[], Message]:
        return partial(self.send, by, MessageRequest(name, 0, text), **ports)

    def send_as_reader(self, by: Caller, number: int) -> Message:
        """Send as an app does that reads the room, with a message every 2 seconds."""
        at = self.simulation.clock.now + timedelta(seconds=2 * number)
        return self.send(by, MessageRequest(f"message-{number}", self.seen, "在吗"), clock=lambda: at)

    def list_messages(self, after: int = 0) -> list[Message]:
        page, more = chat.list_messages(self.simulation.chat, LIN, self.circle_id, self.id, after, 100)
        messages = [entry.message for entry in page]
        return messages + self.list_messages(messages[-1].seq) if more else messages


class Reader:
    """Reads a room by number while members send, and keeps every message it was given."""

    def __init__(self, room: Room, stop: threading.Event) -> None:
        self.given: list[Message] = []
        self._room, self._stop = room, stop

    def follow(self) -> None:
        while not self._stop.wait(0.05):
            self.fetch_new()

    def fetch_new(self) -> None:
        self.given += self._room.list_messages(self.given[-1].seq if self.given else 0)
        self._room.seen = self.given[-1].seq if self.given else 0


def while_read(room: Room, calls: Iterable[Callable[[], Any]], readers: int = 2) -> tuple[list[Any], list[Reader]]:
    """Make the calls while readers read; return the results and the readers, after one more read of each."""
    stop = threading.Event()
    reading = [Reader(room, stop) for _ in range(readers)]
    with ThreadPoolExecutor(readers) as pool:
        futures = [pool.submit(reader.follow) for reader in reading]
        try:
            results = race(calls)
        finally:
            stop.set()
        for future in futures:
            future.result()
    for reader in reading:
        reader.fetch_new()
    return results, reading


def test_h1_50_sends_of_one_id_are_one_message_with_equal_responses(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation, 1)
        results = race([room.sending(room.members[0], "message-a")] * 50)
        assert types_of(results) == {Message}
        assert len(set(results)) == 1
        assert room.list_messages() == [results[0]]
        simulation.clock.advance(hours=25)
        assert set(race([room.sending(room.members[0], "message-a")] * 50)) == set(results)
        assert room.list_messages() == [results[0]]


def test_h1_50_sends_of_one_id_with_two_texts_are_one_message_and_conflicts(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation, 1)
        texts = ("一", "二")
        results = race([room.sending(room.members[0], "message-a", text) for _ in range(25) for text in texts])
        (stored,) = room.list_messages()
        winners = results[texts.index(stored.text) :: 2]
        conflicts = results[1 - texts.index(stored.text) :: 2]
        assert (set(winners), types_of(conflicts)) == ({stored}, {MessageConflict})
        assert status_of(MessageConflict) == 422


def test_h1_the_same_id_of_many_senders_is_one_message_each(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation, 50)
        results = race([room.sending(member, "message-a") for member in room.members] * 4)
        assert Counter(result.sender for result in results) == {member.user_id: 4 for member in room.members}
        assert sorted(set(results), key=lambda message: message.seq) == room.list_messages()
        assert [message.seq for message in room.list_messages()] == list(range(1, 51))


def test_h2_500_sends_are_numbered_without_a_gap_for_concurrent_readers(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation, 125)
        calls = [partial(room.send_as_reader, member, number) for number in range(4) for member in room.members]
        results, readers = while_read(room, calls)
        assert types_of(results) == {Message}
        assert sorted(message.seq for message in results) == list(range(1, 501))
        history = room.list_messages()
        assert history == sorted(results, key=lambda message: message.seq)
        for reader in readers:
            assert reader.given == history


def table_that_dies(table: Any) -> Any:
    """Return the table of a function that crashes between the sequence number and the message."""

    def before(name: str, *given: Any, **_: Any) -> None:
        if name == "put" and given[0]["sk"].startswith("MSG#"):
            raise Crashed

    return HookedTable(table, before)


def expect_death(call: Callable[[], Message]) -> None:
    with pytest.raises(Crashed):
        call()


def test_h2_sends_that_die_leave_voids_and_their_retries_are_stored_once(rounds: Rounds) -> None:
    """160 sends, of which 40 crash between number and message. After 15 s readers void those numbers while the senders retry
    twice each. Every request is stored once, and no reader gets an older number later."""
    for simulation in rounds:
        room, dead = Room(simulation, 160), table_that_dies(simulation.chat_table)
        fatal: list[Callable[[], Any]] = [
            partial(expect_death, room.sending(member, "message-a", table=dead)) for member in room.members[::4]
        ]
        alive = [room.sending(member, "message-a") for number, member in enumerate(room.members) if number % 4]
        calls = [call for number in range(40) for call in (fatal[number], *alive[3 * number : 3 * number + 3])]
        sent, before = while_read(room, calls)
        stuck = len(room.list_messages())
        assert stuck < 160
        assert [reader.given for reader in before] == [room.list_messages()] * 2
        simulation.clock.advance(seconds=VOID_AFTER.total_seconds())
        late, after = while_read(room, [room.sending(member, "message-a") for member in room.members[::4]] * 2)
        history = room.list_messages()
        assert [message.seq for message in history] == list(range(1, len(history) + 1))
        texts = [message for message in history if message.kind is MessageKind.TEXT]
        assert Counter(message.sender for message in texts) == {member.user_id: 1 for member in room.members}
        assert set(texts) == {message for message in sent if message} | set(late)
        assert late[:40] == late[40:]
        assert [reader.given for reader in after] == [history] * 2
        assert history[:stuck] == before[0].given


def table_of_slow_sends(simulation: Simulation, sends: int) -> Any:
    """Return a table on which so many sends wait for each other with their numbers, until those are 15 s old."""
    numbered, thread = threading.Barrier(sends), threading.local()

    def before(name: str, *given: Any, **_: Any) -> None:
        is_message = name == "put" and given[0]["sk"].startswith("MSG#") and given[0]["sender"]
        if is_message and not hasattr(thread, "has_waited"):
            thread.has_waited = True
            if numbered.wait(60) == 0:  # of one of the threads
                simulation.clock.advance(seconds=VOID_AFTER.total_seconds())

    return HookedTable(simulation.chat_table, before)


def test_h2_slow_sends_race_with_readers_that_void_the_last_numbers_of_the_room(rounds: Rounds) -> None:
    """30 sends have their numbers when 15 s pass, and write their messages while readers store voids under those numbers."""
    for simulation in rounds:
        room, table = Room(simulation, 30), table_of_slow_sends(simulation, 30)
        sent, readers = while_read(room, [room.sending(member, "message-a", table=table) for member in room.members])
        assert types_of(sent) == {Message}
        history = room.list_messages()
        assert [message.seq for message in history] == list(range(1, len(history) + 1))
        texts = [message for message in history if message.kind is MessageKind.TEXT]
        assert sorted(sent, key=lambda message: message.seq) == texts
        assert len(history) <= 60
        assert [reader.given for reader in readers] == [history] * 2
        retries = race([room.sending(member, "message-a") for member in room.members])
        assert retries == sent


def test_h12_of_200_sends_of_one_member_5_pass_and_others_are_unaffected(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation, 11)
        flood = [room.sending(room.members[0], f"message-{number}") for number in range(200)]
        others = [room.sending(member, "message-1") for member in room.members[1:]]
        results = race(flood[:100] + others + flood[100:])
        served, errors = split_results(results[:100] + results[110:])
        assert (len(served), Counter(map(type, errors))) == (5, {SendRateExceeded: 195})
        assert types_of(results[100:110]) == {Message}
        assert [message.seq for message in room.list_messages()] == list(range(1, 16))


def test_h4_markers_moved_in_parallel_end_at_the_furthest(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation, 50)
        race([room.sending(member, "message-1") for member in room.members])
        moves = [partial(chat.mark_read, simulation.chat, LIN, room.circle_id, room.id, seq) for seq in range(1, 51)]
        markers = race(moves * 2)
        assert all(marker >= seq for marker, seq in zip(markers, list(range(1, 51)) * 2, strict=True))
        (own_room,) = chat.list_own_rooms(simulation.chat, LIN, PageRequest(10)).items
        assert (own_room.read_seq, own_room.unread) == (50, 0)
