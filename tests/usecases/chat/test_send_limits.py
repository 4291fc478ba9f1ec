"""H12: the limits on sends of one member, of a room and of a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import SendRateExceeded
from services.chat.repository.networks import network_key
from services.chat.repository.participants import participant_key
from services.chat.settings import settings
from services.shared.security.auth import Caller
from services.shared.table.items import Key
from simulation.settings import overridden
from simulation.setup.chat import HAO, MEI, Lobby, set_chat_members
from simulation.users import caller
from tests.support.races import HookedTable

SLOWER = {"network_sends_per_second": 1, "network_send_ahead": timedelta(seconds=20), "network_sample": 1}


@contextmanager
def limits(**changes: Any) -> Iterator[None]:
    with overridden(settings, **changes):
        yield


def send(room: Lobby, by: Caller, number: int, after: int = 0) -> int:
    request = MessageRequest(f"message-{number:04}", after, "在吗")
    return chat.send_message(room.simulation.chat, by, room.circle_id, room.id, request)[0].seq


def flood(room: Lobby, by: list[Caller], sends: int, seconds: float) -> tuple[int, list[int]]:
    """Send so many messages within a time, in turns; return how many are accepted and the waits of the others."""
    accepted, waits = 0, []
    for number in range(sends):
        try:
            send(room, by[number % len(by)], number, max(0, accepted - 10))
            accepted += 1
        except SendRateExceeded as denied:
            waits.append(denied.retry_after or 0)
        room.simulation.clock.advance(seconds=seconds / sends)
    return accepted, waits


def test_h12_of_200_sends_in_10_seconds_a_member_gets_5_at_once_and_1_per_second() -> None:
    room = Lobby()
    accepted, waits = flood(room, [MEI], 200, 10)
    assert accepted == 14
    assert set(waits) == {1}
    assert send(room, HAO, 999) == 15, "another member's sends are unaffected"


def test_h12_a_room_opens_a_block_of_numbers_only_at_its_rate() -> None:
    room = Lobby()
    members = [caller(f"member-{number}") for number in range(40)]
    set_chat_members(room.simulation, room.circle_id, *members)
    with limits(room_sends_per_second=1, room_send_ahead=timedelta(seconds=64)):
        accepted, waits = flood(room, members, 200, 10)
        assert accepted == 96, "a block, and 2 blocks ahead"
        assert 60 <= max(waits) <= 64
        room.simulation.clock.advance(seconds=64)
        assert send(room, members[0], 1000, 90) == 97
    other = Lobby(room.simulation)
    assert send(other, MEI, 1) == 1, "another room is unaffected"


def test_h12_a_member_of_a_network_over_its_limit_sends_once_per_10_seconds() -> None:
    room = Lobby()
    members = [caller(f"member-{number}") for number in range(20)]
    set_chat_members(room.simulation, room.circle_id, *members)
    with limits(**SLOWER):
        accepted, _ = flood(room, members, 60, 0.5)
        assert 20 <= accepted <= 22
        with pytest.raises(SendRateExceeded) as denied:
            send(room, members[0], 500)
        assert 0 < (denied.value.retry_after or 0) <= 11, "10 seconds after the last one"
        assert send(room, replace(members[0], ip="198.51.100.1"), 500) > 0, "from another network"
        assert send(room, MEI, 501) > 0, "a member there who sent nothing for 10 seconds"
        room.simulation.clock.advance(seconds=60)
        assert [send(room, members[1], number) > 0 for number in (600, 601)] == [True, True], "below its rate again"


def test_h12_a_network_is_counted_in_samples() -> None:
    room, writes = Lobby(), 0
    for number in range(320):
        key = network_key("203.0.113.0/24")
        before = room.simulation.chat_table.get(key)
        room.simulation.clock.advance(seconds=1)
        send(room, MEI, number, max(0, number - 1))
        writes += room.simulation.chat_table.get(key) != before
    assert 8 <= writes <= 34, "1 of 16, about 20"
    assert send(room, replace(MEI, ip=""), 999, 300) == 321


def test_h12_a_retry_passes_in_a_network_over_its_limit() -> None:
    room = Lobby()
    with limits(**{**SLOWER, "network_send_ahead": timedelta(seconds=1)}):
        assert [send(room, MEI, 1), send(room, MEI, 2)] == [1, 2]
        with pytest.raises(SendRateExceeded):
            send(room, MEI, 3)
        assert send(room, MEI, 2) == 2


def reads_of_network(room: Lobby, by: Caller, number: int) -> int:
    """Send a message; return how often its network was read."""
    read: list[Key] = []

    def record(name: str, key: Any, *_: Any, **__: Any) -> None:
        read.extend({"get": [key], "get_many": key}.get(name, []))

    table: Any = HookedTable(room.simulation.chat_table, record)
    request = MessageRequest(f"message-{number:04}", 0, "在吗")
    chat.send_message(replace(room.simulation.chat, table=table), by, room.circle_id, room.id, request)
    return read.count(network_key("203.0.113.0/24"))


def test_h12_the_network_of_a_member_is_read_who_sent_less_than_10_seconds_ago() -> None:
    room = Lobby()
    assert reads_of_network(room, MEI, 1) == 0
    room.simulation.clock.advance(seconds=9.999)
    assert reads_of_network(room, MEI, 2) == 1
    room.simulation.clock.advance(seconds=10)
    assert reads_of_network(room, MEI, 3) == 0


@pytest.mark.parametrize(("ahead", "accepted"), [(timedelta(seconds=1), 1), (timedelta(minutes=10), 3)])
def test_h12_a_member_gains_nothing_by_messages_at_the_same_moment(ahead: timedelta, accepted: int) -> None:
    """Each is sent before the one before it is seen, so none of them reads the network before its slot."""
    room = Lobby()
    with limits(**{**SLOWER, "network_send_ahead": timedelta(seconds=1)}):
        assert [send(room, HAO, 1), send(room, HAO, 2)] == [1, 2]
    key = participant_key(room.circle_id, MEI.user_id)
    as_it_was = room.simulation.chat_table.get(key)
    table = room.simulation.chat_table

    class Behind:
        """A table whose eventually consistent reads of the membership are behind."""

        def __getattr__(self, name: str) -> Any:
            return getattr(table, name)

        def get(self, at: Key, *, consistent_read: bool = False) -> Any:
            return as_it_was if at == key and not consistent_read else table.get(at, consistent_read=consistent_read)

    behind: Any = Behind()
    sent = 0
    with overridden(settings, **{**SLOWER, "network_send_ahead": ahead}):
        for number in range(3):
            request = MessageRequest(f"parallel-{number:04}", 0, "在吗")
            with suppress(SendRateExceeded):
                chat.send_message(replace(room.simulation.chat, table=behind), MEI, room.circle_id, room.id, request)
                sent += 1
    assert sent == accepted
