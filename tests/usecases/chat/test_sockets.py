"""Sockets: everybody who listens hears, and access ends at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.chat import errors
from services.chat import usecases as chat
from services.chat.repository import rooms, sockets
from services.shared.kernel.errors import Unauthorized
from services.shared.messaging.events import AccountStatusChanged, AccountStatusChangedData
from simulation.memory import MemoryTable
from simulation.setup.chat import (
    HAO,
    LIN,
    MEI,
    Room,
)
from simulation.setup.common import envelope, tell_chat


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
    assert chat.list_own_rooms(room.world.chat, MEI, 10, None)[0] == []


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
    data = AccountStatusChangedData(user_id=MEI.user_id, level="suspended", until=None, valid_after=after)
    chat.apply_account_status_changed(room.world.chat, AccountStatusChanged(**envelope(room.world, MEI.user_id), data=data))
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
    assert ticket not in repr(table.all_items())
    chat.connect_socket(room.world.chat, ticket, "l1")
    late, _ = chat.create_ticket(room.world.chat, LIN)
    room.world.clock.advance(seconds=60)
    for refused in (ticket, late, "tkt-unknown"):
        with pytest.raises(errors.TicketInvalid):
            chat.connect_socket(room.world.chat, refused, "l2")


def test_h15_disconnecting_forgets_everything_of_the_connection() -> None:
    room = Room()
    table = room.world.chat_table
    assert isinstance(table, MemoryTable)
    room.listener(LIN, "l1")
    chat.disconnect_socket(room.world.chat, "l1")
    assert not [item for item in table.all_items() if "l1" in item["pk"] + item["sk"]]
