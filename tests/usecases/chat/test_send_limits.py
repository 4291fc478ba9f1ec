"""H12: the limits on sends of one member, of a room and of a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import SendRateExceeded
from services.chat.repository.networks import network_key
from services.chat.settings import settings
from services.shared.security.auth import Caller
from simulation.settings import overridden
from simulation.setup.chat import HAO, MEI, Lobby, set_chat_members
from simulation.users import caller

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
