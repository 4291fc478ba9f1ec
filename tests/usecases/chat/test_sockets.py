"""Pushes reach every subscribed connection, and access ends at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.chat import errors
from services.chat import usecases as chat
from services.chat.domain import Action, MemberState
from services.chat.repository import participants, sockets
from services.shared.kernel.errors import AccountSuspended
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import AccountStatusChanged, AccountStatusChangedData
from simulation.memory import MemoryTable
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.setup.events import envelope
from simulation.sockets import messages_of


def test_h15_a_message_reaches_every_subscribed_connection() -> None:
    room = Lobby()
    for caller, connection in ((LIN, "l1"), (LIN, "l2"), (MEI, "m1")):
        room.subscribe(caller, connection)
    message = room.send(HAO)
    pushed = {name: messages_of(frames) for name, frames in room.simulation.sockets.pushes.items()}
    assert {name: [each["seq"] for each in messages] for name, messages in pushed.items()} == {
        "l1": [message.seq],
        "l2": [message.seq],
        "m1": [message.seq],
    }


def test_h15_a_kick_ends_history_sending_and_sockets_at_once() -> None:
    room = Lobby()
    room.subscribe(MEI, "m1")
    room.subscribe(HAO, "h1")
    room.kick(MEI)
    assert room.simulation.sockets.closed == ["m1"]
    for attempt in (lambda: room.list_messages(MEI), lambda: room.send(MEI), lambda: room.subscribe(MEI, "m2")):
        with pytest.raises(errors.CircleNotFound):
            attempt()
    room.send(HAO)
    assert list(room.simulation.sockets.pushes) == ["h1"]
    assert chat.list_own_rooms(room.simulation.chat, MEI, PageRequest(10)) == ([], None)


def test_h15_old_or_repeated_events_change_nothing() -> None:
    room = Lobby()
    joined = int(room.simulation.clock.now.timestamp() * 1000)
    room.kick(MEI)
    set_chat_members(room.simulation, room.circle_id, MEI, state="member", version=joined)
    with pytest.raises(errors.CircleNotFound):
        room.list_messages(MEI)
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, MEI, state="member")
    assert room.list_messages(MEI) == []


def test_h15_a_repeated_event_closes_the_socket_if_the_first_delivery_died() -> None:
    room = Lobby()
    room.subscribe(MEI, "m1")
    table = room.simulation.chat_table
    participant = participants.require_participant(table, room.circle_id, MEI.user_id, Action.READ, room.simulation.clock())
    later = participant.version + 1000
    participants.put_participant(table, replace(participant, state=MemberState.KICKED, version=later), participant)
    set_chat_members(room.simulation, room.circle_id, MEI, state="kicked", version=later)
    assert room.simulation.sockets.closed == ["m1"]


def test_h15_a_kick_during_a_subscription_leaves_no_subscriber() -> None:
    room = Lobby()
    ticket, _ = chat.create_ticket(room.simulation.chat, MEI)
    socket = chat.connect_socket(room.simulation.chat, ticket, "m1")
    original = sockets.put_subscriber

    def put_subscriber_then_kick(*arguments: object) -> None:
        original(*arguments)  # type: ignore[arg-type]
        room.kick(MEI)

    sockets.put_subscriber = put_subscriber_then_kick  # type: ignore[assignment]
    try:
        with pytest.raises(errors.CircleNotFound):
            chat.subscribe_socket(room.simulation.chat, socket, room.circle_id, room.id)
    finally:
        sockets.put_subscriber = original
    assert room.connections_of(MEI) == []


def test_h15_a_disconnected_connection_is_deleted_at_the_first_failed_push() -> None:
    room = Lobby()
    room.subscribe(LIN, "dead")
    room.subscribe(LIN, "live")
    room.simulation.sockets.disconnected = {"dead"}
    room.send(HAO)
    assert room.connections_of(LIN) == ["live"]
    with pytest.raises(errors.SocketExpired):
        chat.authorize_socket(room.simulation.chat, "dead")


def test_h15_a_socket_expires_with_its_token() -> None:
    room = Lobby()
    room.subscribe(LIN, "l1")
    room.simulation.clock.advance(hours=2)
    with pytest.raises(errors.SocketExpired):
        chat.authorize_socket(room.simulation.chat, "l1")
    room.send(HAO)
    assert room.simulation.sockets.pushes == {}
    assert room.simulation.sockets.closed == ["l1"]


def test_h15_a_suspension_closes_all_sockets_of_the_user() -> None:
    room = Lobby()
    room.subscribe(MEI, "m1")
    after = int(room.simulation.clock.now.timestamp())
    data = AccountStatusChangedData(user_id=MEI.user_id, level="suspended", until=None, valid_after=after)
    chat.apply_account_status_changed(
        room.simulation.chat, AccountStatusChanged(**envelope(room.simulation, MEI.user_id), data=data)
    )
    assert room.simulation.sockets.closed == ["m1"]
    ticket, _ = chat.create_ticket(room.simulation.chat, MEI)
    with pytest.raises(AccountSuspended):
        chat.connect_socket(room.simulation.chat, ticket, "m2")


def test_h15_a_ticket_can_be_redeemed_once_within_a_minute_and_is_stored_hashed() -> None:
    room = Lobby()
    ticket, seconds = chat.create_ticket(room.simulation.chat, LIN)
    assert seconds == 60
    table = room.simulation.chat_table
    assert isinstance(table, MemoryTable)
    assert ticket not in repr(table.all_items())
    chat.connect_socket(room.simulation.chat, ticket, "l1")
    late, _ = chat.create_ticket(room.simulation.chat, LIN)
    room.simulation.clock.advance(seconds=60)
    for invalid in (ticket, late, "tkt-unknown"):
        with pytest.raises(errors.TicketInvalid):
            chat.connect_socket(room.simulation.chat, invalid, "l2")


def test_h15_a_disconnect_deletes_everything_of_the_connection() -> None:
    room = Lobby()
    table = room.simulation.chat_table
    assert isinstance(table, MemoryTable)
    room.subscribe(LIN, "l1")
    chat.disconnect_socket(room.simulation.chat, "l1")
    assert not [item for item in table.all_items() if "l1" in item["pk"] + item["sk"]]
