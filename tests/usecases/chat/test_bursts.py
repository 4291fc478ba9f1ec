"""Messages that are sent at nearly the same time are pushed together; a large room is pushed to in parts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Message, MessageRequest
from services.chat.errors import MessageConflict
from services.chat.repository.messages import load_message
from services.chat.settings import settings
from services.chat.usecases.pushes import MAX_FRAME_BYTES
from simulation.push_parts import push_waiting_parts
from simulation.settings import overridden, relax_limits
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.setup.events import take_down_changed
from simulation.setup.requests import change
from simulation.setup.rooms import ModeratedLobby
from simulation.sockets import messages_of
from simulation.streams import deliver, handle_all_changes, handle_new_changes
from simulation.users import caller
from tests.support.blocking import block
from tests.support.races import Crashed, HookedTable

QUICK = 0.02  # seconds between two messages of a burst


@pytest.fixture
def room() -> Iterator[Lobby]:
    """A lobby whose members send as fast as they like."""
    relax_limits()
    with overridden(settings, send_interval=timedelta(milliseconds=100), send_burst=timedelta(minutes=10)):
        yield Lobby()


def frames_to(room: Lobby, connection_id: str) -> list[list[int]]:
    """Return the numbers of the messages in each frame of a connection."""
    return [
        [message["seq"] for message in messages_of([frame])] for frame in room.simulation.sockets.pushes.get(connection_id, ())
    ]


def run_stream(room: Lobby) -> None:
    handle_new_changes(room.simulation, "chat")


def test_h3_a_burst_is_pushed_in_one_frame_by_the_stream_and_its_first_message_at_once(room: Lobby) -> None:
    room.subscribe(LIN, "l1")
    room.send(HAO)
    for _ in range(3):
        room.send(MEI, pause=QUICK)
    assert frames_to(room, "l1") == [[1]]
    run_stream(room)
    assert frames_to(room, "l1") == [[1], [2, 3, 4]]
    room.send(HAO)
    assert frames_to(room, "l1")[2:] == [[5]]


@pytest.mark.parametrize("seed", range(20))
def test_h3_each_message_is_pushed_exactly_once_by_its_sender_or_by_the_stream(room: Lobby, seed: int) -> None:
    """At any distances, also over the end of a block, and with a stream that runs at any time."""
    chance = random.Random(seed)
    room.subscribe(LIN, "l1")
    for _ in range(80):
        room.send(
            chance.choice((MEI, HAO)), pause=chance.choice((0, QUICK, 0.099, 0.1, 0.101, 3)), after=max(0, room.count - 9)
        )
        if chance.random() < 0.2:
            run_stream(room)
    run_stream(room)
    frames = frames_to(room, "l1")
    assert sorted(seq for numbers in frames for seq in numbers) == list(range(1, 81))
    assert all(numbers == sorted(numbers) for numbers in frames)


def test_h3_a_stream_that_comes_again_pushes_the_burst_again_and_nothing_else(room: Lobby) -> None:
    room.subscribe(LIN, "l1")
    for _ in range(3):
        room.send(pause=QUICK)
    handle_all_changes(room.simulation, "chat")
    handle_all_changes(room.simulation, "chat")
    assert frames_to(room, "l1") == [[1], [2, 3], [2, 3]]


def test_h3_the_distance_of_a_burst_is_a_setting(room: Lobby) -> None:
    room.subscribe(LIN, "l1")
    with overridden(settings, burst_gap_milliseconds=0):
        for _ in range(3):
            room.send(pause=0)
    run_stream(room)
    assert frames_to(room, "l1") == [[1], [2], [3]]


def test_h15_a_burst_reaches_no_member_who_was_kicked_before_its_push(room: Lobby) -> None:
    room.subscribe(MEI, "m1")
    room.subscribe(LIN, "l1")
    for _ in range(3):
        room.send(HAO, pause=QUICK)
    room.kick(MEI)
    run_stream(room)
    assert (frames_to(room, "m1"), frames_to(room, "l1")) == ([[1]], [[1], [2, 3]])


def test_r16_a_message_that_was_taken_down_before_its_push_is_not_pushed(room: Lobby) -> None:
    room.subscribe(LIN, "l1")
    for _ in range(3):
        room.send(HAO, pause=QUICK)
    deliver(room.simulation, "chat", take_down_changed(room.simulation, "chat", "message", f"{room.id}/2", room.circle_id))
    room.simulation.sockets.pushes.clear()
    run_stream(room)
    assert frames_to(room, "l1") == [[3]]


def test_a10_a_burst_has_the_messages_of_a_blocked_user_hidden(room: Lobby) -> None:
    block(room, LIN, HAO)
    room.subscribe(LIN, "l1")
    room.subscribe(MEI, "m1")
    room.send(MEI)
    room.send(HAO, "从桥上看", pause=QUICK)
    room.send(MEI, "看到了", pause=QUICK)
    run_stream(room)
    pushed = {name: messages_of(room.simulation.sockets.pushes[name])[1:] for name in ("l1", "m1")}
    assert [(each["seq"], each["kind"], each["text"]) for each in pushed["l1"]] == [(2, "hidden", ""), (3, "text", "看到了")]
    assert [(each["seq"], each["kind"], each["text"]) for each in pushed["m1"]] == [
        (2, "text", "从桥上看"),
        (3, "text", "看到了"),
    ]


def test_h3_a_frame_is_at_most_as_large_as_the_gateway_takes(room: Lobby) -> None:
    room.subscribe(LIN, "l1")
    for _ in range(20):
        room.send(text="鸟" * 2000, pause=QUICK)
    run_stream(room)
    frames = room.simulation.sockets.pushes["l1"]
    assert [seq for numbers in frames_to(room, "l1") for seq in numbers] == list(range(1, 21))
    assert len(frames) == 5
    assert max(len(json.dumps(frame, ensure_ascii=False).encode()) for frame in frames) <= MAX_FRAME_BYTES


def test_h23_a_large_room_is_pushed_to_in_parts_that_are_handed_over_before_the_posts(room: Lobby) -> None:
    for index in range(5):
        room.subscribe((LIN, MEI, HAO)[index % 3], f"c{index}")
    waiting: list[int] = []
    original = room.simulation.sockets.post_all

    def post_all(frames: dict[str, Any]) -> set[str]:
        waiting.append(len(room.simulation.push_parts.handed_over))
        return original(frames)

    room.simulation.sockets.post_all = post_all  # type: ignore[method-assign, assignment]
    with overridden(settings, push_part_size=2):
        room.send(HAO)
        assert (len(room.simulation.sockets.pushes), waiting) == (2, [1])
        assert push_waiting_parts(room.simulation) == 2
    assert {name: frames_to(room, name) for name in room.simulation.sockets.pushes} == {f"c{n}": [[1]] for n in range(5)}
    room.send(HAO, "", pause=QUICK)
    with overridden(settings, push_part_size=1):
        run_stream(room)
        push_waiting_parts(room.simulation)
    assert {name: frames_to(room, name) for name in room.simulation.sockets.pushes} == {f"c{n}": [[1], [2]] for n in range(5)}


def test_h15_a_part_reaches_no_member_who_was_kicked_after_it_was_handed_over(room: Lobby) -> None:
    with overridden(settings, push_part_size=1):
        for who, name in ((LIN, "l1"), (MEI, "m1"), (HAO, "h1")):
            room.subscribe(who, name)
        room.send(HAO)
        got = set(room.simulation.sockets.pushes)
        left = next(who for who, name in ((LIN, "l1"), (MEI, "m1"), (HAO, "h1")) if name not in got)
        room.kick(left)
        push_waiting_parts(room.simulation)
    assert len(room.simulation.sockets.pushes) == 2


def test_h23_a_part_of_other_frames_is_pushed_as_it_was_handed_over(room: Lobby) -> None:
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, LIN, role="owner")
    room.send(HAO)
    for name in ("l1", "l2", "l3"):
        room.subscribe(LIN, name)
    with overridden(settings, push_part_size=1):
        chat.pin_message(room.simulation.chat, LIN, room.circle_id, room.id, 1)
        push_waiting_parts(room.simulation)
    pinned = {"type": "pinned", "room_id": room.id, "seq": 1}
    assert room.simulation.sockets.pushes == {name: [pinned] for name in ("l1", "l2", "l3")}


def test_h7_a_part_of_an_edit_pushes_no_text_that_was_recalled_since(room: Lobby) -> None:
    room.send(HAO)
    for name in ("l1", "l2", "l3"):
        room.subscribe(LIN, name)
    at = (room.simulation.chat, HAO, room.circle_id, room.id, 1)
    version = load_message(room.simulation.chat_table, room.circle_id, room.id, 1).entity.version
    run_stream(room)
    with overridden(settings, push_part_size=1):
        chat.update_message(*at, change(version), "改过的")
        run_stream(room)
        chat.recall_message(*at)
        push_waiting_parts(room.simulation)
    assert sum(len(frames) for frames in room.simulation.sockets.pushes.values()) == 1


def test_h23_a_push_ends_after_its_last_part(room: Lobby, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.chat.usecases.pushes.MAX_PARTS", 1)
    for index in range(4):
        room.subscribe(caller("lin"), f"c{index}")
    with overridden(settings, push_part_size=1):
        room.send(HAO)
        assert push_waiting_parts(room.simulation) == 1
    assert len(room.simulation.sockets.pushes) == 2


def die_before_push(room: Lobby, request: MessageRequest) -> None:
    """Let a send of Mei stop after its message is stored."""

    def crash(name: str, *given: Any, **_: Any) -> None:
        if name == "put" and "seq" in given[0]:
            raise Crashed

    table: Any = HookedTable(room.simulation.chat_table, lambda *_, **__: None, crash)
    with pytest.raises(Crashed):
        chat.send_message(replace(room.simulation.chat, table=table), MEI, room.circle_id, room.id, request)


def retry(room: Lobby, request: MessageRequest, pause: float = 1) -> Message:
    room.simulation.clock.advance(seconds=pause)
    message = chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, request)[0]
    run_stream(room)
    return message


REQUEST = MessageRequest("message-0001", 0, "在吗")


def test_h3_a_message_whose_sender_died_before_its_push_is_pushed_by_the_stream_at_the_retry(room: Lobby) -> None:
    room.subscribe(LIN, "l1")
    die_before_push(room, REQUEST)
    run_stream(room)
    assert frames_to(room, "l1") == []
    assert [retry(room, REQUEST).seq for _ in range(3)] == [1, 1, 1]
    assert frames_to(room, "l1") == [[1]], "once, however often it is retried"
    handle_all_changes(room.simulation, "chat")
    assert frames_to(room, "l1") == [[1], [1]], "a stream that comes again"


def test_h3_a_retry_that_has_nothing_to_push_again_marks_nothing(room: Lobby) -> None:
    """In a burst the stream pushes it anyway; a tombstone has no text; other texts are errors."""
    room.send(HAO)
    room.simulation.clock.advance(seconds=QUICK)
    die_before_push(room, REQUEST)
    recalled = room.send(MEI, msg_id="message-0002")
    chat.recall_message(room.simulation.chat, MEI, room.circle_id, room.id, recalled.seq)
    run_stream(room)
    room.subscribe(LIN, "l1")
    retry(room, REQUEST)
    retry(room, MessageRequest("message-0002", 0, "在吗"))
    with pytest.raises(MessageConflict):
        retry(room, replace(REQUEST, text="不在"))
    assert frames_to(room, "l1") == []
    room.send(MEI, msg_id="message-0003")
    edited = load_message(room.simulation.chat_table, room.circle_id, room.id, 4).entity
    retry(room, MessageRequest("message-0003", 0, "在吗"))
    at = (room.simulation.chat, MEI, room.circle_id, room.id, 4)
    chat.update_message(*at, change(edited.version), "在的")
    run_stream(room)
    retry(room, MessageRequest("message-0003", 0, "在吗"))
    assert [seqs for seqs in frames_to(room, "l1") if seqs] == [[4], [4]], "an edit leaves the mark"


def test_h3_a_retry_pushes_nothing_to_members_who_joined_after_the_message() -> None:
    room = ModeratedLobby()
    room.set(earlier_for_newcomers=False)
    room.simulation.clock.advance(seconds=10)
    die_before_push(room, REQUEST)
    room.simulation.clock.advance(seconds=60)
    new = caller("new")
    set_chat_members(room.simulation, room.circle_id, new)
    room.subscribe(new, "n1")
    assert retry(room, REQUEST).seq == 1
    assert frames_to(room, "n1") == []
