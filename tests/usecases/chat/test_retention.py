"""H16: messages that are older than the retention of a room are not shown, and deleted by the schedule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import PERMISSIONS, Action, MessageRequest, Role
from services.chat.errors import MessageNotFound, PinLimitReached, RoleNotAllowed
from services.chat.repository.message_items import MESSAGE, message_partition
from services.chat.repository.rooms import get_room
from services.shared.table.purging import iter_items
from services.shared.table.reports import ReportInput
from simulation.setup.chat import HAO, LIN, MEI
from simulation.setup.rooms import ModeratedLobby
from simulation.streams import handle_new_changes
from tests.support.races import HookedTable

DAY = 86_400


class RetainedLobby(ModeratedLobby):
    """A lobby with a retention of 7 days: 3 messages of Hao are 8 days old, 2 are of today.

    highlighted: the numbers of messages that are highlights since before they expired.
    """

    def __init__(self, *, new: int = 2, highlighted: Iterable[int] = ()) -> None:
        super().__init__()
        for number in range(3):
            self.send(HAO, after=number)
        chat.pin_message(self.simulation.chat, LIN, self.circle_id, self.id, 1)
        self.pass_days(8)
        for number in range(3, 3 + new):
            self.send(HAO, after=number)
        handle_new_changes(self.simulation, "chat")
        for seq in highlighted:
            chat.highlight_message(self.simulation.chat, LIN, self.circle_id, self.id, seq)
        self.set(retention_days=7)

    def pass_days(self, days: float) -> None:
        self.simulation.clock.advance(seconds=days * DAY)

    def purge(self) -> None:
        self.simulation.clock.advance(seconds=3600)
        chat.handle_jobs(self.simulation.chat)
        handle_new_changes(self.simulation, "chat")

    def stored(self) -> list[int]:
        items = iter_items(self.simulation.chat_table, message_partition(self.circle_id, self.id))
        return [item["seq"] for item in items if item["sk"].startswith(MESSAGE)]

    def seqs(self, **place: Any) -> list[int]:
        after_seq = place.pop("after_seq", None)
        entries, _ = chat.list_messages(self.simulation.chat, LIN, self.circle_id, self.id, after_seq, 50, **place)
        assert not entries or entries[0].is_first == (entries[0].message.seq == 4)
        return [entry.message.seq for entry in entries]


def assert_shows_the_new_ones_alone(room: RetainedLobby) -> None:
    ports, at = room.simulation.chat, (room.circle_id, room.id)
    for place in ({}, {"after_seq": 0}, {"after_seq": 2}, {"before_seq": 6}, {"around": 5}):
        assert room.seqs(**place) == [4, 5]
    assert room.seqs(before_seq=4) == []
    assert chat.list_pinned_messages(ports, LIN, *at).items == []
    for attempt in (
        lambda: room.seqs(around=2),
        lambda: chat.pin_message(ports, LIN, *at, 2),
        lambda: chat.report_message(ports, MEI, *at, 2, ReportInput("spam")),
        lambda: chat.send_message(ports, HAO, *at, MessageRequest("message-2", 1, "在吗")),
    ):
        with pytest.raises(MessageNotFound):
            attempt()
    own = room.own_room(LIN)
    assert (own.last and own.last.seq, own.unread) == (5, 2)


def test_h16_what_has_expired_is_not_shown_before_the_purge_and_after_it() -> None:
    room = RetainedLobby()
    assert room.stored() == [1, 2, 3, 4, 5]
    assert_shows_the_new_ones_alone(room)
    room.purge()
    assert room.stored() == [4, 5]
    assert_shows_the_new_ones_alone(room)
    assert room.stored() == [4, 5], "no void"


def test_h16_right_after_a_purge_of_everything_nothing_is_unread_and_no_void_comes_back() -> None:
    room = RetainedLobby(new=0)
    assert room.own_room(MEI).unread == 0
    room.purge()
    assert (room.stored(), room.seqs(), room.seqs(after_seq=0)) == ([], [], [])
    own = room.own_room(MEI)
    assert (own.last, own.unread, own.last_seq) == (None, 0, 3)
    assert chat.mark_read(room.simulation.chat, MEI, room.circle_id, room.id, 2) == 2
    assert room.send(HAO, after=3).seq == 4
    assert (room.seqs(after_seq=0), room.stored()) == ([4], [4])
    assert room.own_room(MEI).unread == 1


def test_h16_the_schedule_purges_again_as_messages_expire() -> None:
    room = RetainedLobby()
    room.purge()
    room.pass_days(7.1)
    assert room.seqs() == []
    room.purge()
    assert (room.stored(), get_room(room.simulation.chat_table, room.circle_id, room.id).purged_to) == ([], 5)


def test_h16_a_longer_retention_brings_nothing_back_and_a_shorter_one_hides_at_once() -> None:
    room = RetainedLobby()
    for days in (30, 0):
        room.set(retention_days=days)
        assert room.seqs(after_seq=0) == [4, 5]
    room.purge()
    assert room.stored() == [4, 5]
    room.pass_days(2)
    room.set(retention_days=1)
    assert room.seqs(after_seq=0) == []


@pytest.mark.parametrize("role", list(Role))
def test_h16_who_sets_a_retention_is_data_by_role(role: Role) -> None:
    room = ModeratedLobby()
    room.set_role(MEI, role)
    assert (Action.SET_RETENTION in PERMISSIONS[role]) == (role in (Role.CO_OWNER, Role.OWNER))
    if Action.SET_RETENTION in PERMISSIONS[role]:
        assert room.set(MEI, retention_days=7).settings.retention_days == 7
    else:
        with pytest.raises(RoleNotAllowed):
            room.set(MEI, retention_days=7)


def test_h16_a_reader_whose_room_is_from_before_the_purge_stores_no_void() -> None:
    """The reader has read the room's item; then the purge runs, and only then are the messages read."""
    room, purged = RetainedLobby(), list[bool]()

    def before(name: str, *given: Any, **_: Any) -> None:
        if name == "query" and given[0].pk == message_partition(room.circle_id, room.id) and not purged:
            purged.append(True)
            room.purge()

    for after_seq in (0, None):
        room, purged = RetainedLobby(), list[bool]()
        table: Any = HookedTable(room.simulation.chat_table, before)
        ports = replace(room.simulation.chat, table=table)
        entries, _ = chat.list_messages(ports, LIN, room.circle_id, room.id, after_seq, 50)
        assert ([entry.message.seq for entry in entries], room.stored(), purged) == ([4, 5], [4, 5], [True])


def test_h16_a_purge_that_was_interrupted_continues() -> None:
    room, steps = RetainedLobby(), iter([True, True, False, *[False] * 20])
    room.simulation.clock.advance(seconds=3600)
    chat.handle_jobs(room.simulation.chat, lambda: next(steps))
    assert room.stored() == [2, 3, 4, 5]
    assert room.seqs(after_seq=0) == [4, 5]
    room.purge()
    assert room.stored() == [4, 5]


def test_h16_messages_count_after_a_purge_that_came_before_the_head_had_reached_a_crashed_send() -> None:
    """No reader made a void of the number while the head waited for it, and the purge deleted it with what follows."""
    room = RetainedLobby()
    assert room.abandon_send(after=5) == 6
    room.send(HAO, after=5)
    handle_new_changes(room.simulation, "chat")
    room.pass_days(8)
    room.purge()
    own = room.own_room(MEI)
    assert (room.stored(), own.last, own.last_seq, own.unread) == ([], None, 7, 0)
    room.send(HAO, "早", after=7)
    own = room.own_room(MEI)
    assert (own.last and own.last.text, own.last_seq, own.unread) == ("早", 8, 1)
    room.pass_days(8)
    room.purge()
    assert room.stored() == []


def test_h16_an_export_has_nothing_that_had_expired_at_the_request() -> None:
    from services.chat.repository.export_lines import _query_room

    room = RetainedLobby()
    stored = get_room(room.simulation.chat_table, room.circle_id, room.id)
    fields = {"user_id": HAO.user_id, "requested_at": room.simulation.clock.now + timedelta(seconds=1)}
    job: Any = type("Job", (), fields)
    lines = [line for found, _ in _query_room(room.simulation.chat_table, job, stored, 0) for line in found]
    assert len(lines) == 2


def reactions_to(room: RetainedLobby) -> set[int]:
    items = iter_items(room.simulation.chat_table, message_partition(room.circle_id, room.id))
    return {int(item["sk"].rpartition("#")[2]) for item in items if item["sk"].startswith("REACTION#")}


def react(room: RetainedLobby, *seqs: int) -> None:
    for seq in seqs:
        for user in (MEI, LIN):
            chat.add_reaction(room.simulation.chat, user, room.circle_id, room.id, seq, "like")
            room.simulation.clock.advance(seconds=10)
    handle_new_changes(room.simulation, "chat")


@pytest.mark.parametrize("end", ["expired", "recalled"])
def test_h16_a_purge_deletes_the_reactions_to_what_it_deletes_and_no_other(end: str) -> None:
    room = RetainedLobby()
    react(room, 4, 5)
    if end == "recalled":
        room.send(HAO, after=5)
        react(room, 6)
        chat.recall_message(room.simulation.chat, HAO, room.circle_id, room.id, 6)
        handle_new_changes(room.simulation, "chat")
        assert reactions_to(room) == {4, 5, 6}
    room.pass_days(6)
    room.send(HAO, after=6)
    room.purge()
    assert reactions_to(room) == ({4, 5} if end == "expired" else {4, 5, 6})
    react(room, room.stored()[-1])
    last = room.stored()[-1]
    room.pass_days(2)
    room.purge()
    assert (reactions_to(room), room.stored()) == ({last}, [last])


def test_h16_a_highlight_keeps_its_reactions_and_costs_later_purges_no_read_of_them() -> None:
    room = RetainedLobby()
    react(room, 4, 5)
    at = (room.simulation.chat, LIN, room.circle_id, room.id)
    chat.highlight_message(*at, 4)
    room.pass_days(8)
    room.send(HAO, after=5)
    room.purge()
    assert reactions_to(room) == {4}
    assert not reaction_reads(room)
    chat.unhighlight_message(*at, 4)
    room.purge()
    assert (reactions_to(room), room.stored()) == (set(), [6])


def reaction_reads(room: RetainedLobby) -> list[str]:
    """Purge the room, and return the queries of reactions."""
    read = list[str]()

    def record(name: str, query: Any, *_: Any, **__: Any) -> None:
        if name == "query" and str(query.prefix).startswith("REACTION#"):
            read.append(str(query.prefix))

    room.simulation.clock.advance(seconds=3600)
    table: Any = HookedTable(room.simulation.chat_table, record)
    chat.handle_jobs(replace(room.simulation.chat, table=table))
    return read


def test_h16_a_purge_reads_reactions_only_if_a_message_can_have_some() -> None:
    room = RetainedLobby()
    react(room, 4)
    assert not reaction_reads(room)
    assert room.stored() == [4, 5]


def test_h16_an_expired_pin_that_is_not_purged_yet_leaves_its_place() -> None:
    room = RetainedLobby(new=7)
    at = (room.simulation.chat, LIN, room.circle_id, room.id)
    room.simulation.clock.advance(seconds=60)
    for seq in range(4, 9):
        chat.pin_message(*at, seq)
    with pytest.raises(PinLimitReached):
        chat.pin_message(*at, 9)
    room.pass_days(6.9)
    chat.send_message(room.simulation.chat, HAO, room.circle_id, room.id, MessageRequest("message-late", 10, "在吗"))
    with pytest.raises(PinLimitReached):
        chat.pin_message(*at, 11)
    room.pass_days(0.2)
    chat.pin_message(*at, 11)
    assert get_room(room.simulation.chat_table, room.circle_id, room.id).pins == (11,)
    assert [entry.message.seq for entry in chat.list_pinned_messages(*at).items] == [11]
