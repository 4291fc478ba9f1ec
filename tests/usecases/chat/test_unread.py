"""Unread: the messages of others that the history shows after the marker, since the user became a member."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Message, MessageKind, head
from services.chat.repository.message_items import message_key
from services.chat.repository.read_markers import marker_key
from services.chat.settings import settings
from services.shared.kernel.errors import Invalid
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import MembershipChanged, MembershipChangedData
from services.shared.security.auth import Caller
from simulation.settings import overridden
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.setup.events import envelope
from simulation.streams import all_changes, handle_changes, handle_new_changes
from simulation.users import caller
from tests.support.blocking import block
from tests.support.crashing_sends import crash_between_writes
from tests.support.races import HookedTable

YAN = caller("yan")
VOID = MessageKind.VOID


def test_h4_markers_only_move_forwards_and_unread_counts_messages_of_others() -> None:
    room = Lobby()
    for sender in (HAO, MEI, HAO, HAO):
        room.send(sender)
    assert (room.count_unread(MEI), room.count_unread(HAO), room.count_unread(LIN)) == (3, 1, 4)
    assert chat.mark_read(room.simulation.chat, MEI, room.circle_id, room.id, 3) == 3
    assert chat.mark_read(room.simulation.chat, MEI, room.circle_id, room.id, 1) == 3
    assert room.count_unread(MEI) == 1
    room.send(MEI)
    assert room.count_unread(MEI) == 1
    with pytest.raises(Invalid):
        chat.mark_read(room.simulation.chat, MEI, room.circle_id, room.id, 99)


def test_h4_voids_are_not_unread_and_an_empty_room_has_nothing_unread() -> None:
    room = Lobby()
    assert room.count_unread(LIN) == 0
    room.abandon_send()
    room.send(HAO)
    room.simulation.clock.advance(seconds=20)
    room.list_messages()
    assert room.count_unread(LIN) == 1
    table = room.simulation.chat_table
    for message in room.list_messages():
        table.delete(message_key(room.circle_id, room.id, message.seq), when=None)
    assert room.count_unread(LIN) == 0


@pytest.mark.parametrize("own", [1, 98, 99, 100, 197, 198, 199, 300])
def test_h4_a_message_of_another_after_any_number_of_own_is_unread(own: int) -> None:
    room = Lobby()
    for number in range(own):
        room.send(MEI, after=number)
    assert room.count_unread(MEI) == 0
    room.send(HAO, after=own)
    assert [room.count_unread(MEI) for _ in range(2)] == [1, 1]
    chat.mark_read(room.simulation.chat, MEI, room.circle_id, room.id, own + 1)
    assert room.count_unread(MEI) == 0
    room.send(HAO, after=own)
    assert room.count_unread(MEI) == 1


def test_h4_what_was_counted_is_stored_with_the_marker_so_that_it_is_read_once() -> None:
    room = Lobby()
    for number in range(250):
        room.send(MEI, after=number)
    handle_new_changes(room.simulation, "chat")
    queries: list[str] = []

    def before(name: str, *given: Any, **_: Any) -> None:
        if name == "query" and "#ROOM#" in given[0].pk:
            queries.append(given[0].first)

    table: Any = HookedTable(room.simulation.chat_table, before)
    for listed in (2, 0):
        queries.clear()
        chat.list_own_rooms(replace(room.simulation.chat, table=table), MEI, PageRequest(10))
        assert len(queries) == listed
    item = room.simulation.chat_table.get(marker_key(MEI.user_id, room.circle_id, room.id)) or {}
    assert (item["seq"], item["counted_seq"], item["counted"]) == (0, 198, 0)


def test_h4_a_count_of_99_means_99_or_more() -> None:
    room = Lobby()
    for number in range(101):
        room.send(HAO, after=number)
        assert room.count_unread(LIN) == min(number + 1, 99)


def test_h4_a_marker_that_moves_while_messages_are_counted_is_not_moved_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head, "MAX_RECENT", 2)
    room = Lobby()
    for number in range(4):
        room.send(HAO if number % 2 else MEI, after=number)
    handle_new_changes(room.simulation, "chat")

    def before(name: str, *given: Any, **_: Any) -> None:
        if name == "update":
            chat.mark_read(room.simulation.chat, MEI, room.circle_id, room.id, 3)

    with overridden(settings, max_unread=2):
        table: Any = HookedTable(room.simulation.chat_table, before)
        (own,) = chat.list_own_rooms(replace(room.simulation.chat, table=table), MEI, PageRequest(10)).items
    assert (own.read_seq, own.unread) == (0, 2)
    (own,) = chat.list_own_rooms(room.simulation.chat, MEI, PageRequest(10)).items
    assert (own.read_seq, own.unread) == (3, 1)


def test_h4_who_joins_has_nothing_unread_from_before() -> None:
    room = Lobby()
    for number in range(120):
        room.send(HAO, after=number)
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, YAN)
    assert room.count_unread(YAN) == 0
    room.send(HAO, after=120)
    assert (room.count_unread(YAN), room.count_unread(LIN)) == (1, 99)


@pytest.mark.parametrize("state", ["left", "kicked", "pending"])
def test_h4_who_returns_has_nothing_unread_from_the_time_in_between(state: str) -> None:
    room = Lobby()
    room.send(HAO)
    set_chat_members(room.simulation, room.circle_id, MEI, state=state)
    room.send(HAO)
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, MEI)
    assert room.count_unread(MEI) == 0
    room.send(HAO)
    assert room.count_unread(MEI) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1)])
def test_h4_a_change_of_a_membership_leaves_messages_unread_in_any_order_of_events(order: tuple[int, ...]) -> None:
    """The second event has a new role. It comes after, before or between deliveries of the first."""
    room = Lobby()
    room.send(HAO)
    room.simulation.clock.advance(seconds=1)
    since = room.simulation.clock.now
    room.send(HAO)
    events = []
    for role in ("newcomer", "member"):
        data: dict[str, Any] = {"circle_id": room.circle_id, "user_id": YAN.user_id, "state": "member", "member_since": since}
        changed = MembershipChangedData.model_validate({**data, "role": role})
        events.append(MembershipChanged(**envelope(room.simulation, f"{room.circle_id}/{YAN.user_id}"), data=changed))
        room.send(HAO)
    for index in order:
        chat.apply_membership_changed(room.simulation.chat, events[index])
        assert room.count_unread(YAN) == 3


class Course:
    """Random steps of three members in one room and of its stream, and what is unread by the history alone."""

    def __init__(self, seed: int) -> None:
        self.dice, self.room = random.Random(seed), Lobby()
        self.since: dict[str, datetime] = {user.user_id: self.room.simulation.clock.now for user in (LIN, MEI, HAO)}
        self.sent: list[tuple[Caller, str, int]] = []
        self.blocked: dict[str, tuple[Caller, ...]] = {}

    def take(self, number: int) -> None:
        dice, room = self.dice, self.room
        room.simulation.clock.advance(seconds=dice.choice([1, 1, 20]))
        user = dice.choice([LIN, MEI, HAO])
        match dice.choice(["send", "send", "send", "retry", "crash", "mark", "return", "block", "stream", "stream"]):
            case "send":
                after = max(0, self.newest() - dice.randint(0, 40))
                self.sent.append((user, f"message-{number:04}", after))
                room.send(user, after=after, msg_id=f"message-{number:04}")
            case "retry" if self.sent:
                sender, msg_id, after = dice.choice(self.sent)
                room.send(sender, after=after, msg_id=msg_id)
            case "crash":
                after = self.newest()
                self.sent.append((MEI, f"crashed-{number:04}", after))
                crash_between_writes(room, f"crashed-{number:04}", after)
            case "mark" if newest := self.newest():
                chat.mark_read(room.simulation.chat, user, room.circle_id, room.id, dice.randint(1, newest))
            case "return":
                set_chat_members(room.simulation, room.circle_id, user, state="left")
                room.simulation.clock.advance(seconds=1)
                set_chat_members(room.simulation, room.circle_id, user)
                self.since[user.user_id] = room.simulation.clock.now
            case "block" if user is not LIN:  # who reads the history for this test
                self.blocked[user.user_id] = dice.choice([(), (HAO if user is MEI else MEI,), (LIN,)])
                block(room, user, *self.blocked[user.user_id])
            case "stream":
                self.deliver_some()

    def deliver_some(self) -> None:
        """Deliver some of all changes that ever were, in a random order: late, twice, or before others."""
        changes = all_changes(self.room.simulation, "chat")
        for change in self.dice.choices(changes, k=self.dice.randint(1, 8)):
            handle_changes("chat", self.room.simulation.chat, [change])

    def newest(self) -> int:
        return max((message.seq for message in self.room.list_messages()), default=0)

    def require_right_counts(self) -> None:
        for user in (LIN, MEI, HAO):
            (own,) = chat.list_own_rooms(self.room.simulation.chat, user, PageRequest(10)).items
            now = self.unread_after(own.read_seq, user)
            as_listed = [message for message in now if message.seq <= own.last_seq]
            limit = settings().max_unread
            assert min(len(as_listed), limit) <= own.unread <= min(len(now), limit)
        for user in (LIN, MEI, HAO):
            own = self.room.own_room(user)
            unread, history = self.unread_after(own.read_seq, user), self.room.list_messages()
            assert own.unread == min(len(unread), settings().max_unread)
            assert all(message.sent_at > self.since[user.user_id] for message in unread)
            assert (own.last and own.last.seq) == self.last_shown(history, own.last_seq, user)

    def last_shown(self, history: list[Message], newest: int, user: Caller) -> int | None:
        """Return the number of the newest message; of a blocked sender's, the newest other one that a head can name."""
        blocked = {other.user_id for other in self.blocked.get(user.user_id, ())}
        sent = [message for message in reversed(history) if message.kind is not VOID]
        if sent and sent[0].sender in blocked:
            sent = [message for message in sent if message.sender not in blocked and message.seq > newest - head.MAX_RECENT]
        return sent[0].seq if sent else None

    def unread_after(self, seq: int, user: Caller) -> list[Message]:
        history, blocked = self.room.list_messages(after=seq), self.blocked.get(user.user_id, ())
        not_counted = {user.user_id, *(other.user_id for other in blocked)}
        return [message for message in history if message.kind is not VOID and message.sender not in not_counted]


@pytest.mark.parametrize("recent", [4, 7, 128])
@pytest.mark.parametrize("seed", range(3))
def test_h4_unread_equals_what_the_history_shows_after_every_step_of_a_random_course(
    seed: int, recent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream brings changes late, twice and in any order. A count before all of them is one of an earlier moment."""
    monkeypatch.setattr(head, "MAX_RECENT", recent)
    course = Course(seed)
    with overridden(settings, max_unread=4):
        for number in range(90):
            course.take(number)
            if number % 3 == 0:
                course.require_right_counts()
