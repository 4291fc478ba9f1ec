"""Chat: once, in order, resumed by number; access that ends at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.chat import errors
from services.chat import usecases as chat
from services.chat.domain import BLOCK, MOST_BLOCKS, Draft, Kind, Message, block_of
from services.chat.repository import rooms, sockets
from services.shared.auth import Caller
from services.shared.errors import Invalid, Unauthorized
from services.shared.events import PersonSuspended, Standing
from services.shared.ids import new_id
from services.shared.memory import MemoryTable
from tests.support.scenes import envelope, tell_chat
from tests.support.worlds import World, person

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")


class Room:
    """A lobby with three people in it."""

    def __init__(self) -> None:
        self.world = World()
        self.circle_id = new_id("cir")
        self.id = tell_chat(self.world, self.circle_id, LIN, MEI, HAO)
        self.count = 0

    def say(self, caller: Caller = MEI, text: str = "在吗", after: int = 0, msg_id: str | None = None) -> Message:
        self.count += 1
        self.world.clock.advance(seconds=1)
        draft = Draft(msg_id or f"message-{self.count}", after, text)
        return chat.send_message(self.world.chat, caller, self.circle_id, self.id, draft)

    def read(self, caller: Caller = LIN, after: int = 0, limit: int = 100) -> list[Message]:
        return chat.fetch_messages(self.world.chat, caller, self.circle_id, self.id, after, limit)[0]

    def die_between_writes(self, msg_id: str = "dies-here", after: int = 0) -> int:
        """A send that took its number and got no further."""
        token = Draft(msg_id, after, "").token(MEI.user_id)
        return rooms.take_number(self.world.chat_table, self.id, block_of(after), token, may_open=False).number

    def unread(self, caller: Caller) -> int:
        return chat.list_my_rooms(self.world.chat, caller, 10, None)[0][0][2]

    def listener(self, caller: Caller, connection_id: str) -> None:
        ticket, _ = chat.create_ticket(self.world.chat, caller)
        socket = chat.connect_socket(self.world.chat, ticket, connection_id)
        chat.subscribe_socket(self.world.chat, socket, self.circle_id, self.id)

    def kick(self, caller: Caller) -> None:
        self.world.clock.advance(seconds=1)
        tell_chat(self.world, self.circle_id, caller, state="kicked")

    def listeners(self, caller: Caller) -> list[str]:
        found = sockets.listeners(self.world.chat_table, self.id, user_id=caller.user_id)
        return [socket.connection_id for socket in found]


def test_h1_repeated_send_is_one_message_with_equal_answers() -> None:
    room = Room()
    first = room.say(msg_id="one-wish-1")
    assert [room.say(msg_id="one-wish-1") for _ in range(3)] == [first] * 3
    assert [message.seq for message in room.read()] == [1]


def test_h1_same_id_with_another_text_is_refused() -> None:
    room = Room()
    room.say(msg_id="one-wish-1", text="一")
    with pytest.raises(errors.MessageConflict):
        room.say(msg_id="one-wish-1", text="二")


def test_h1_same_id_of_another_sender_is_separate() -> None:
    room = Room()
    assert room.say(MEI, msg_id="one-wish-1").seq == 1
    assert room.say(HAO, msg_id="one-wish-1").seq == 2


def test_h1_a_repeat_after_a_day_and_many_blocks_is_no_duplicate() -> None:
    room = Room()
    first = room.say(msg_id="one-wish-1")
    for _ in range(3 * BLOCK):
        room.say(HAO, after=room.count)
    room.world.clock.advance(hours=25)
    assert room.say(msg_id="one-wish-1") == first
    assert [message.seq for message in room.read()] == list(range(1, 3 * BLOCK + 2))


def test_h1_a_repeat_from_too_far_behind_is_refused_rather_than_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.chat.usecases.sending.MOST_BLOCKS", 2)
    assert MOST_BLOCKS > 2
    room = Room()
    for _ in range(2 * BLOCK):
        room.say(HAO, after=room.count)
    with pytest.raises(errors.StaleAfterSeq):
        room.say(MEI, after=0)
    assert room.say(MEI, after=2 * BLOCK).seq == 2 * BLOCK + 1


def test_h2_numbers_run_on_over_blocks_without_a_gap() -> None:
    room = Room()
    said = [room.say(after=max(0, number - 1)).seq for number in range(1, 2 * BLOCK + 3)]
    assert said == list(range(1, 2 * BLOCK + 3))


@pytest.mark.parametrize("ahead", [BLOCK + 1, 10**9])
def test_h2_claiming_to_have_read_ahead_opens_no_block(ahead: int) -> None:
    room = Room()
    with pytest.raises(Invalid):
        room.say(after=ahead)
    assert room.say().seq == 1


def test_h2_readers_stop_at_a_missing_number_and_void_it_after_fifteen_seconds() -> None:
    room = Room()
    room.say()
    dead = room.die_between_writes()
    room.say(HAO)
    assert [message.seq for message in room.read()] == [1]
    room.world.clock.advance(seconds=15)
    assert [(message.seq, message.kind) for message in room.read()] == [
        (1, Kind.TEXT),
        (dead, Kind.VOID),
        (3, Kind.TEXT),
    ]


def test_h2_a_late_writer_fills_its_number_if_nobody_gave_it_up() -> None:
    room = Room()
    number = room.die_between_writes("late-wish-1")
    room.say(HAO)
    assert room.say(MEI, msg_id="late-wish-1").seq == number
    assert [message.seq for message in room.read()] == [1, 2]


def test_h2_a_writer_later_than_its_void_sends_anew_and_only_once() -> None:
    room = Room()
    number = room.die_between_writes("late-wish-1")
    room.say(HAO)
    room.world.clock.advance(seconds=15)
    room.read()
    first = room.say(MEI, msg_id="late-wish-1")
    assert first.seq == 3 != number
    assert room.say(MEI, msg_id="late-wish-1") == first
    assert [message.kind for message in room.read()] == [Kind.VOID, Kind.TEXT, Kind.TEXT]


def test_h3_three_hundred_missed_messages_come_in_pages_exactly() -> None:
    room = Room()
    for _ in range(301):
        room.say(HAO, after=room.count)
    seen, after = [], 1
    while True:
        page, more = chat.fetch_messages(room.world.chat, LIN, room.circle_id, room.id, after, 100)
        seen += [message.seq for message in page]
        after = seen[-1]
        if not more:
            break
    assert seen == list(range(2, 302))


def test_h4_older_markers_are_ignored_and_unread_counts_what_others_said() -> None:
    room = Room()
    for caller in (HAO, MEI, HAO, HAO):
        room.say(caller)
    assert (room.unread(MEI), room.unread(HAO), room.unread(LIN)) == (3, 1, 4)
    assert chat.mark_read(room.world.chat, MEI, room.circle_id, room.id, 3) == 3
    assert chat.mark_read(room.world.chat, MEI, room.circle_id, room.id, 1) == 3
    assert room.unread(MEI) == 1
    room.say(MEI)
    assert room.unread(MEI) == 1
    with pytest.raises(Invalid):
        chat.mark_read(room.world.chat, MEI, room.circle_id, room.id, 99)


def test_h4_voids_are_not_unread_and_nothing_is_unread_when_nothing_is_stored() -> None:
    room = Room()
    assert room.unread(LIN) == 0
    room.die_between_writes()
    room.say(HAO)
    room.world.clock.advance(seconds=20)
    room.read()
    assert room.unread(LIN) == 1
    table = room.world.chat_table
    for message in room.read():
        table.delete(rooms.message_key(room.circle_id, room.id, message.seq), when=None)
    assert room.unread(LIN) == 0


def test_h12_five_at_once_then_one_a_second_others_unaffected() -> None:
    room = Room()
    room.world.clock.advance(seconds=10)
    for number in range(5):
        chat.send_message(room.world.chat, MEI, room.circle_id, room.id, Draft(f"burst-{number:04}", 0, "快"))
    with pytest.raises(errors.TooFast) as refused:
        chat.send_message(room.world.chat, MEI, room.circle_id, room.id, Draft("burst-9999", 0, "快"))
    assert refused.value.retry_after
    chat.send_message(room.world.chat, HAO, room.circle_id, room.id, Draft("burst-0000", 0, "我不受影响"))
    room.world.clock.advance(seconds=1)
    chat.send_message(room.world.chat, MEI, room.circle_id, room.id, Draft("burst-9999", 0, "快"))
    assert len(room.read()) == 7


def test_h15_everybody_who_listens_gets_it_on_every_connection() -> None:
    room = Room()
    for caller, connection in ((LIN, "l1"), (LIN, "l2"), (MEI, "m1")):
        room.listener(caller, connection)
    message = room.say(HAO)
    assert {name: [push["seq"] for push in pushes] for name, pushes in room.world.sockets.pushes.items()} == {
        "l1": [message.seq],
        "l2": [message.seq],
        "m1": [message.seq],
    }


def test_h15_a_kick_ends_fetch_send_and_socket_at_once() -> None:
    room = Room()
    room.listener(MEI, "m1")
    room.listener(HAO, "h1")
    room.kick(MEI)
    assert room.world.sockets.closed == ["m1"]
    for attempt in (lambda: room.read(MEI), lambda: room.say(MEI), lambda: room.listener(MEI, "m2")):
        with pytest.raises(errors.CircleNotFound):
            attempt()
    room.say(HAO)
    assert list(room.world.sockets.pushes) == ["h1"]
    assert chat.list_my_rooms(room.world.chat, MEI, 10, None)[0] == []


def test_h15_old_or_repeated_events_change_nothing() -> None:
    room = Room()
    joined = int(room.world.clock.now.timestamp() * 1000)
    room.kick(MEI)
    tell_chat(room.world, room.circle_id, MEI, state="member", version=joined)
    with pytest.raises(errors.CircleNotFound):
        room.read(MEI)
    room.world.clock.advance(seconds=1)
    tell_chat(room.world, room.circle_id, MEI, state="member")
    assert room.read(MEI) == []


def test_h15_a_kick_whose_first_handling_died_closes_the_socket_on_redelivery() -> None:
    room = Room()
    room.listener(MEI, "m1")
    row = rooms.require_participant(room.world.chat_table, room.circle_id, MEI.user_id)
    later = row.version + 1000
    rooms.keep_participant(room.world.chat_table, replace(row, standing=type(row.standing)("kicked"), version=later))
    tell_chat(room.world, room.circle_id, MEI, state="kicked", version=later)
    assert room.world.sockets.closed == ["m1"]


def test_h15_subscribe_then_kick_and_kick_then_subscribe_leave_no_listener() -> None:
    room = Room()
    ticket, _ = chat.create_ticket(room.world.chat, MEI)
    socket = chat.connect_socket(room.world.chat, ticket, "m1")
    original = sockets.listen

    def listen_then_kick(*arguments: object) -> None:
        original(*arguments)  # type: ignore[arg-type]
        room.kick(MEI)

    sockets.listen = listen_then_kick  # type: ignore[assignment]
    try:
        with pytest.raises(errors.CircleNotFound):
            chat.subscribe_socket(room.world.chat, socket, room.circle_id, room.id)
    finally:
        sockets.listen = original
    assert room.listeners(MEI) == []


def test_h15_a_dead_connection_is_forgotten_at_the_first_failed_push() -> None:
    room = Room()
    room.listener(LIN, "dead")
    room.listener(LIN, "live")
    room.world.sockets.gone = {"dead"}
    room.say(HAO)
    assert room.listeners(LIN) == ["live"]
    assert sockets.find_socket(room.world.chat_table, "dead") is None


def test_h15_a_socket_ends_with_its_tokens_life() -> None:
    room = Room()
    room.listener(LIN, "l1")
    room.world.clock.advance(hours=2)
    with pytest.raises(errors.SocketExpired):
        chat.identify_socket(room.world.chat, "l1")
    room.say(HAO)
    assert room.world.sockets.pushes == {}
    assert room.world.sockets.closed == ["l1"]


def test_h15_a_suspension_ends_all_sockets_of_a_person() -> None:
    room = Room()
    room.listener(MEI, "m1")
    after = int(room.world.clock.now.timestamp())
    data = Standing(user_id=MEI.user_id, suspended=True, valid_after=after)
    chat.keep_standing(room.world.chat, PersonSuspended(**envelope(room.world, MEI.user_id), data=data))
    assert room.world.sockets.closed == ["m1"]
    ticket, _ = chat.create_ticket(room.world.chat, MEI)
    with pytest.raises(Unauthorized):
        chat.connect_socket(room.world.chat, ticket, "m2")


def test_h15_tickets_are_taken_once_within_a_minute_and_stored_hashed() -> None:
    room = Room()
    ticket, seconds = chat.create_ticket(room.world.chat, LIN)
    assert seconds == 60
    table = room.world.chat_table
    assert isinstance(table, MemoryTable)
    assert ticket not in repr(table.everything())
    chat.connect_socket(room.world.chat, ticket, "l1")
    late, _ = chat.create_ticket(room.world.chat, LIN)
    room.world.clock.advance(seconds=60)
    for refused in (ticket, late, "tkt-unknown"):
        with pytest.raises(errors.TicketRefused):
            chat.connect_socket(room.world.chat, refused, "l2")


def test_h15_disconnecting_forgets_everything_of_the_connection() -> None:
    room = Room()
    table = room.world.chat_table
    assert isinstance(table, MemoryTable)
    room.listener(LIN, "l1")
    chat.disconnect_socket(room.world.chat, "l1")
    assert not [item for item in table.everything() if "l1" in item["pk"] + item["sk"]]


def test_h2_a_room_that_is_not_there_takes_nothing() -> None:
    room = Room()
    with pytest.raises(errors.RoomNotFound):
        chat.send_message(room.world.chat, MEI, room.circle_id, new_id("rom"), Draft("message-1", 0, "x"))
