"""A number whose send crashed becomes a void 15 seconds after its reservation, wherever it is; pages have no gaps."""

from __future__ import annotations

from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import SEQUENCE_BLOCK_SIZE, Message, MessageKind
from services.chat.repository import messages
from simulation.setup.chat import HAO, LIN, MEI, Lobby
from tests.support.crashing_sends import crash_between_writes

TEXT, VOID = MessageKind.TEXT, MessageKind.VOID


def kinds(history: list[Message]) -> list[MessageKind]:
    """Return the kinds of messages whose numbers are 1, 2, 3, ..."""
    assert [message.seq for message in history] == list(range(1, len(history) + 1))
    return [message.kind for message in history]


def test_h2_the_last_send_of_a_room_that_crashed_is_a_void_after_15_seconds() -> None:
    room = Lobby()
    room.send()
    room.abandon_send()
    room.simulation.clock.advance(seconds=14)
    assert kinds(room.list_messages()) == [TEXT]
    room.simulation.clock.advance(seconds=1)
    assert kinds(room.list_messages()) == [TEXT, VOID]
    assert room.send(HAO).seq == 3


def test_h2_the_only_send_of_a_room_that_crashed_is_a_void() -> None:
    room = Lobby()
    room.abandon_send()
    room.simulation.clock.advance(seconds=15)
    assert kinds(room.list_messages()) == [VOID]


@pytest.mark.parametrize("crashed", [1, 2, SEQUENCE_BLOCK_SIZE - 1, SEQUENCE_BLOCK_SIZE, SEQUENCE_BLOCK_SIZE + 1])
@pytest.mark.parametrize("in_a_row", [1, 3])
def test_h2_a_message_long_after_a_crash_can_be_read_at_once(crashed: int, in_a_row: int) -> None:
    room = Lobby()
    for seq in range(1, crashed):
        room.send(HAO, after=seq - 1)
    for number in range(in_a_row):
        seen = crashed + number - 1
        assert crash_between_writes(room, f"crashed-{number}", seen) == crashed + number
    room.simulation.clock.advance(seconds=3600)
    assert room.send(HAO, after=crashed - 1).seq == crashed + in_a_row
    expected = [TEXT] * (crashed - 1) + [VOID] * in_a_row + [TEXT]
    assert kinds(room.list_messages()) == expected


def test_h2_a_message_right_after_a_crash_can_be_read_15_seconds_after_the_crash() -> None:
    room = Lobby()
    room.send()
    room.abandon_send()
    room.simulation.clock.advance(seconds=9)
    room.send(HAO)
    room.simulation.clock.advance(seconds=4)
    assert kinds(room.list_messages()) == [TEXT]
    room.simulation.clock.advance(seconds=1)
    assert kinds(room.list_messages()) == [TEXT, VOID, TEXT]


def test_h2_a_retry_of_one_crash_after_another_is_read_at_once() -> None:
    room = Lobby()
    room.abandon_send("message-a")
    room.abandon_send("message-b")
    room.simulation.clock.advance(seconds=60)
    assert room.send(MEI, msg_id="message-b").seq == 2
    assert kinds(room.list_messages()) == [VOID, TEXT]


def test_h2_a_late_retry_fills_its_number_if_it_is_not_a_void_yet() -> None:
    room = Lobby()
    number = room.abandon_send("message-late")
    room.send(HAO)
    assert room.send(MEI, msg_id="message-late").seq == number
    assert kinds(room.list_messages()) == [TEXT, TEXT]


@pytest.mark.parametrize("successors", [0, 1])
def test_h2_a_retry_later_than_its_void_gets_another_number_once(successors: int) -> None:
    room = Lobby()
    number = room.abandon_send("message-late")
    for _ in range(successors):
        room.send(HAO)
    room.simulation.clock.advance(seconds=15)
    room.list_messages()
    first = room.send(MEI, msg_id="message-late")
    assert first.seq == number + successors + 1
    assert room.send(MEI, msg_id="message-late") == first
    assert kinds(room.list_messages()) == [VOID, *[TEXT] * successors, TEXT]


@pytest.mark.parametrize("successors", [0, 1])
def test_h2_a_slow_send_whose_number_is_a_void_gets_another_number_in_the_same_call(
    successors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, put = Lobby(), messages.put_message
    slow = iter([True])

    def put_slowly(table: Any, circle_id: str, message: Message) -> Message:
        if message.sender == MEI.user_id and next(slow, False):
            room.simulation.clock.advance(seconds=20)
            for _ in range(successors):
                room.send(HAO)
            assert kinds(room.list_messages()) == [VOID, *[TEXT] * successors]
        return put(table, circle_id, message)

    monkeypatch.setattr(messages, "put_message", put_slowly)
    assert room.send(MEI).seq == successors + 2
    assert kinds(room.list_messages()) == [VOID, *[TEXT] * successors, TEXT]


def test_h2_a_slow_send_that_stores_its_message_before_the_void_keeps_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    room, find = Lobby(), messages.find_last_reserved
    late = iter([True])

    def find_then_store(*where: Any) -> Any:
        found = find(*where)
        if next(late, False):
            room.send(MEI, msg_id="message-late")
        return found

    room.abandon_send("message-late")
    room.simulation.clock.advance(seconds=15)
    monkeypatch.setattr(messages, "find_last_reserved", find_then_store)
    assert kinds(room.list_messages()) == [TEXT]


def test_h2_nothing_is_read_of_the_numbers_of_a_room_with_a_new_message(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Lobby()
    room.send()
    monkeypatch.setattr(messages, "find_last_reserved", None)
    assert kinds(room.list_messages()) == [TEXT]


def test_h3_a_full_last_page_of_the_history_has_no_more() -> None:
    room = Lobby()
    for _ in range(3):
        room.send()
    ports = room.simulation.chat
    assert [chat.list_messages(ports, LIN, room.circle_id, room.id, 0, limit)[1] for limit in (2, 3, 4)] == [True, False, False]


@pytest.mark.parametrize("successors", [0, 1])
@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_h2_voids_that_do_not_fit_a_page_come_with_the_next(limit: int, successors: int) -> None:
    room = Lobby()
    for number in range(3):
        room.abandon_send(f"dies-here-{number}")
    for _ in range(successors):
        room.send()
    room.simulation.clock.advance(seconds=16)
    read: list[Message] = []
    has_more = True
    while has_more:
        page, has_more = chat.list_messages(room.simulation.chat, LIN, room.circle_id, room.id, len(read), limit)
        assert len(page) == limit or not has_more
        assert page
        read += [entry.message for entry in page]
    assert kinds(read) == [VOID] * 3 + [TEXT] * successors


@pytest.mark.parametrize("limit", [1, 2])
def test_h2_a_page_that_ends_before_a_gap_has_no_more_for_now(limit: int) -> None:
    room = Lobby()
    room.send()
    room.abandon_send()
    room.send(HAO)
    room.send(HAO)
    history, has_more = chat.list_messages(room.simulation.chat, LIN, room.circle_id, room.id, 0, limit)
    assert ([entry.message.seq for entry in history], has_more) == ([1], False)
