"""Limits of one user in chat: connections, subscriptions, tickets, and what a repeated or denied send costs."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from services.chat import errors
from services.chat import usecases as chat
from services.chat.domain import SEQUENCE_BLOCK_SIZE, MessageRequest
from services.chat.repository import participants, sockets
from services.chat.repository.rooms import get_room
from services.chat.settings import settings
from services.shared.kernel.errors import RateLimitReached
from services.shared.kernel.ids import new_id
from simulation.meter import Cost, MeteredTable
from simulation.settings import overridden, reset_settings
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from tests.support.races import HookedTable, race, split_results


@pytest.fixture(autouse=True)
def default_rate_limits(relaxed_rate_limits: None) -> None:
    reset_settings()


def connect(room: Lobby, connection_id: str) -> object:
    room.simulation.clock.advance(seconds=10)
    ticket, _ = chat.create_ticket(room.simulation.chat, MEI)
    return chat.connect_socket(room.simulation.chat, ticket, connection_id)


def connections(room: Lobby) -> list[str]:
    return sockets.list_connections(room.simulation.chat_table, MEI.user_id)


def test_h15_a_new_connection_closes_the_oldest_one_beyond_10() -> None:
    room = Lobby()
    room.subscribe(HAO, "h1")
    room.subscribe(MEI, "m00")
    for number in range(1, 12):
        connect(room, f"m{number:02}")
    assert room.simulation.sockets.closed == ["m00", "m01"]
    assert connections(room) == [f"m{number:02}" for number in range(2, 12)]
    assert room.connections_of(MEI) == []
    with pytest.raises(errors.SocketExpired):
        chat.authorize_socket(room.simulation.chat, "m00")
    chat.authorize_socket(room.simulation.chat, "m02")
    assert room.connections_of(HAO) == ["h1"]


def test_h15_a_connection_that_ended_does_not_count() -> None:
    room = Lobby()
    connect(room, "desktop")
    for number in range(30):
        connect(room, f"phone-{number}")
        chat.disconnect_socket(room.simulation.chat, f"phone-{number}")
    assert room.simulation.sockets.closed == []
    assert connections(room) == ["desktop"]


def test_h15_connections_at_once_leave_at_most_10_open() -> None:
    room = Lobby()
    tickets = [chat.create_ticket(room.simulation.chat, MEI)[0] for _ in range(20)]
    calls = [partial(chat.connect_socket, room.simulation.chat, ticket, f"m{n}") for n, ticket in enumerate(tickets)]
    assert len(split_results(race(calls))[0]) == 20
    left = connections(room)
    assert len(left) == 10
    assert {f"m{number}" for number in range(20)} - set(left) == set(room.simulation.sockets.closed)


def test_h15_a_connection_without_its_item_is_removed_as_the_oldest() -> None:
    """Its function crashed before the item was stored, or the item expired first."""
    room = Lobby()
    connect(room, "m0")
    room.simulation.chat_table.delete(sockets.socket_key("m0"), when=None)
    with overridden(settings, max_sockets=1):
        connect(room, "m1")
    assert connections(room) == ["m1"]


def test_h15_a_connection_is_subscribed_to_a_limited_number_of_rooms() -> None:
    room = Lobby()
    rooms = [(circle_id, set_chat_members(room.simulation, circle_id, MEI)) for circle_id in (new_id("cir") for _ in range(3))]
    ticket, _ = chat.create_ticket(room.simulation.chat, MEI)
    socket = chat.connect_socket(room.simulation.chat, ticket, "m1")
    with overridden(settings, max_subscriptions=2):
        subscribe = [partial(chat.subscribe_socket, room.simulation.chat, socket, *one) for one in rooms]
        subscribe[0]()
        subscribe[1]()
        subscribe[1]()
        with pytest.raises(errors.SubscriptionLimitReached) as error:
            subscribe[2]()
        assert error.value.facts == {"limit": 2}
        subscribe[0]()
    assert list(sockets.iter_subscribers_of_user(room.simulation.chat_table, rooms[2][1], MEI.user_id)) == []
    with overridden(settings, max_subscriptions=3):
        subscribe[2]()


def test_h12_tickets_and_subscriptions_have_a_rate_limit() -> None:
    room = Lobby()
    for _ in range(settings().ticket_burst):
        ticket, _ = chat.create_ticket(room.simulation.chat, MEI)
    with pytest.raises(RateLimitReached) as error:
        chat.create_ticket(room.simulation.chat, MEI)
    assert error.value.retry_after == settings().ticket_interval.total_seconds()
    chat.create_ticket(room.simulation.chat, HAO)
    socket = chat.connect_socket(room.simulation.chat, ticket, "m1")
    for _ in range(settings().subscription_burst):
        chat.subscribe_socket(room.simulation.chat, socket, room.circle_id, room.id)
    with pytest.raises(RateLimitReached):
        chat.subscribe_socket(room.simulation.chat, socket, room.circle_id, room.id)


def metered_lobby(messages: int) -> Lobby:
    room = Lobby()
    room.simulation.chat_table = MeteredTable(room.simulation.chat_table)
    for _ in range(messages):
        room.send(HAO, after=room.count)
    return room


def cost_of_send(room: Lobby, msg_id: str, after: int = 0, caller: object = MEI) -> Cost:
    request = MessageRequest(msg_id, after, "在吗")
    table = room.simulation.chat_table
    assert isinstance(table, MeteredTable)
    with table.measure() as cost:
        chat.send_message(room.simulation.chat, caller, room.circle_id, room.id, request)  # type: ignore[arg-type]
    return cost


@pytest.mark.parametrize("blocks", [0, 1, 2, 20, 60])
def test_h1_a_repeat_of_a_send_costs_no_more_than_the_first_however_far_behind_it_is(blocks: int) -> None:
    room = metered_lobby(blocks * SEQUENCE_BLOCK_SIZE + 5)
    room.simulation.clock.advance(seconds=10)
    first = cost_of_send(room, "message-first")
    assert (first.writes <= 5, first.requests <= 8) == (True, True), first
    for waited, marks in ((0, 1), (0, 0), (3600, 0), (25 * 3600, 0)):
        room.simulation.clock.advance(seconds=waited)
        repeat = cost_of_send(room, "message-first")
        assert repeat.writes == 1 + marks, repeat.trace
        assert repeat.requests <= first.requests
        assert repeat.writes * 5 + repeat.reads <= first.writes * 5 + first.reads
    assert len(room.list_messages(after=room.count - 1)) == 2


def test_h12_a_send_with_the_same_id_and_another_after_seq_is_no_retry_and_uses_a_slot() -> None:
    room = metered_lobby(SEQUENCE_BLOCK_SIZE - 2)
    room.simulation.clock.advance(seconds=10)
    cost_of_send(room, "message-again")
    for _ in range(5):
        room.send(HAO, after=room.count)
    room.simulation.clock.advance(seconds=10)
    for number in range(5):
        cost_of_send(room, f"burst-{number:04}", after=SEQUENCE_BLOCK_SIZE + 1)
    with pytest.raises(errors.SendRateExceeded):
        cost_of_send(room, "burst-0004", after=SEQUENCE_BLOCK_SIZE + 2)
    assert cost_of_send(room, "burst-0004", after=SEQUENCE_BLOCK_SIZE + 1).writes == 1


def test_h1_repeats_of_an_earlier_send_use_slots_but_no_walk_of_writes() -> None:
    room = metered_lobby(20 * SEQUENCE_BLOCK_SIZE)
    room.simulation.clock.advance(seconds=10)
    first, _ = cost_of_send(room, "message-a"), cost_of_send(room, "message-b")
    repeat = cost_of_send(room, "message-a")
    assert repeat.writes * 5 + repeat.reads <= first.writes * 5 + first.reads + 5, "one write unit more in a burst"


def test_h12_a_denied_send_writes_no_item_that_others_use_and_says_exactly_when_the_next_is_free() -> None:
    room = metered_lobby(3)
    room.simulation.clock.advance(seconds=10)
    for number in range(5):
        cost_of_send(room, f"burst-{number:04}")
    table = room.simulation.memory("chat")
    before = len(table.stream)
    for wait in (1, 1):
        with pytest.raises(errors.SendRateExceeded) as error:
            cost_of_send(room, f"denied-{wait}-0001")
        assert error.value.retry_after == wait
        room.simulation.clock.advance(milliseconds=100)
    assert len(table.stream) == before
    room.simulation.clock.advance(milliseconds=800)
    cost_of_send(room, "burst-next")
    assert cost_of_send(room, "message-other", caller=LIN).writes == 3


def test_h12_a_flood_of_one_user_changes_neither_cost_nor_calls_of_anothers_send() -> None:
    room = metered_lobby(3)
    room.simulation.clock.advance(seconds=10)
    alone = cost_of_send(room, "message-alone", caller=LIN)
    for number in range(50):
        try:
            cost_of_send(room, f"flood-{number:04}")
        except errors.SendRateExceeded:
            continue
    room.simulation.clock.advance(seconds=10)
    again = cost_of_send(room, "message-again", caller=LIN)
    assert [(call.method, call.writes, call.reads) for call in again.trace] == [
        (call.method, call.writes, call.reads) for call in alone.trace
    ]


def test_h12_a_send_does_not_use_a_slot_that_another_send_took_since_its_first_try() -> None:
    room = Lobby()
    acquire, at = participants.acquire_rate_limit_slot, room.simulation.clock()
    table, stored = room.simulation.chat_table, get_room(room.simulation.chat_table, room.circle_id, room.id)
    slots = settings().send_burst // settings().send_interval + 1
    for number in range(slots - 1):
        assert acquire(table, stored, MEI.user_id, f"send-{number}", at)

    def send_meanwhile(name: str, *_: object, **update: object) -> None:
        if name == "update" and "add" in update:
            assert acquire(table, stored, MEI.user_id, "meanwhile", at)

    hooked: Any = HookedTable(table, send_meanwhile)
    with pytest.raises(errors.SendRateExceeded):
        acquire(hooked, stored, MEI.user_id, "late", at)
