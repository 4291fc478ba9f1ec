"""H12: the limits on socket tickets and connections of a network, and what an attacker tries with connections."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Socket
from services.chat.errors import CircleNotFound, SocketExpired
from services.chat.repository.networks import SocketStep
from services.chat.settings import settings
from services.shared.kernel.errors import RateLimitReached, TooManyRequests
from services.shared.security.auth import Caller
from services.shared.table.items import Key
from services.shared.table.port import ConditionFailed
from simulation.settings import overridden
from simulation.setup.chat import LIN, MEI, Lobby
from simulation.users import caller
from tests.support.races import HookedTable, race, split_results

NETWORK, ADDRESS = "203.0.113.0/24", "203.0.113.7"
SLOW = {"network_sockets_per_second": 1, "network_socket_ahead": timedelta(seconds=10)}


def at(user: Caller, ip: str = ADDRESS) -> Caller:
    return replace(user, ip=ip)


def take(room: Lobby, user: Caller, tickets: int) -> list[str | RateLimitReached]:
    """Ask for so many tickets at once, and return them or the errors."""
    taken: list[str | RateLimitReached] = []
    for _ in range(tickets):
        try:
            taken.append(chat.create_ticket(room.simulation.chat, user)[0])
        except RateLimitReached as denied:
            taken.append(denied)
    return taken


def count(taken: list[str | RateLimitReached]) -> int:
    return sum(isinstance(one, str) for one in taken)


def counted(room: Lobby, step: SocketStep, network: str = NETWORK) -> bool:
    return room.simulation.chat_table.get(Key(f"NETWORK#{network}", step.upper())) is not None


def test_h12_an_ordinary_user_is_not_counted_and_reads_and_writes_nothing_of_the_network() -> None:
    room, calls = Lobby(), list[str]()
    table = HookedTable(room.simulation.chat_table, lambda call, key, *_, **__: calls.append(f"{call} {key}"))
    ports = replace(room.simulation.chat, table=table)
    for number in range(5):
        ticket, _ = chat.create_ticket(ports, at(LIN))
        chat.connect_socket(ports, ticket, f"l{number}", ADDRESS)
    assert not [call for call in calls if "NETWORK" in call]


def test_h12_in_a_network_over_its_limit_only_frequent_users_are_denied() -> None:
    """10 users ask for 20 tickets each: 5 each, and 11 of all others. A neighbour who asks for 5 gets them."""
    room, bots = Lobby(), [caller(f"bot-{number}") for number in range(10)]
    with overridden(settings, **SLOW):
        assert sum(count(take(room, at(bot), 20)) for bot in bots) == 10 * 5 + 11
        assert count(take(room, at(MEI, "203.0.113.250"), 5)) == 5
        assert count(take(room, at(LIN, "203.0.114.1"), 20)) == 5 + 11, "another network has its own limit"


def test_h12_a_denied_user_gets_a_ticket_when_the_error_says_so() -> None:
    room, bots = Lobby(), [caller(f"bot-{number}") for number in range(3)]
    with overridden(settings, **SLOW):
        for bot in bots:
            take(room, at(bot), 12)
        *_, denied = take(room, at(MEI), 6)
        assert isinstance(denied, RateLimitReached)
        assert (denied.retry_after, denied.facts["limit"]) == (10, 5)
        room.simulation.clock.advance(seconds=20)  # the slot of the request that was denied is used
        assert count(take(room, at(MEI), 1)) == 1
        room.simulation.clock.advance(seconds=200)
        assert count(take(room, at(MEI), 16)) == 16, "the network is below its limit again"


def test_h12_tickets_at_once_never_exceed_the_limit_of_the_network() -> None:
    room, bots = Lobby(), [caller(f"bot-{number}") for number in range(4)]
    calls = [partial(chat.create_ticket, room.simulation.chat, at(bot)) for bot in bots for _ in range(15)]
    with overridden(settings, **SLOW):
        taken, errors = split_results(race(calls))
    assert (len(taken), {type(error) for error in errors}) == (4 * 5 + 11, {RateLimitReached})


def test_h12_connections_of_frequent_users_count_for_the_network_that_they_come_from() -> None:
    """Tickets that were asked for in several networks, and are used in one."""
    room, tickets = Lobby(), list[Any]()
    with overridden(settings, **SLOW, max_sockets=100):
        for number in range(4):
            tickets += take(room, at(caller(f"bot-{number}"), f"198.51.{number}.1"), 12)
        calls = [
            partial(chat.connect_socket, room.simulation.chat, ticket, f"b{n}", ADDRESS) for n, ticket in enumerate(tickets)
        ]
        connected, errors = split_results(race(calls))
        assert (len(connected), {type(error) for error in errors}) == (4 * 5 + 11, {TooManyRequests})
        chat.connect_socket(room.simulation.chat, chat.create_ticket(room.simulation.chat, at(MEI))[0], "m1", ADDRESS)


def test_h12_a_request_without_an_address_counts_for_no_network() -> None:
    room = Lobby()
    with overridden(settings, **SLOW):
        tickets = take(room, at(LIN, ""), 20)
        assert count(tickets) == 20
        chat.connect_socket(room.simulation.chat, str(tickets[-1]), "l1")
    assert not [item for item in room.simulation.memory("chat").all_items() if item["pk"].startswith("NETWORK#")]


def test_h12_networks_of_ipv6_are_a_56() -> None:
    room = Lobby()
    take(room, at(LIN, "2001:db8:0:ff::1"), 6)
    assert counted(room, SocketStep.TICKETS, "2001:db8::/56")


def test_h15_a_guessed_connection_id_opens_and_takes_over_nothing() -> None:
    """The gateway names the connection. A ticket that comes with the id of an open one leaves that one to its user."""
    room = Lobby()
    room.subscribe(MEI, "m1")
    ticket, _ = chat.create_ticket(room.simulation.chat, LIN)
    with pytest.raises(ConditionFailed):
        chat.connect_socket(room.simulation.chat, ticket, "m1")
    assert chat.authorize_socket(room.simulation.chat, "m1")[0].user_id == MEI.user_id
    assert room.connections_of(MEI) == ["m1"]
    for guessed in ("m2", "M1", "m1#", "", f"m1#{room.id}"):
        with pytest.raises(SocketExpired):
            chat.authorize_socket(room.simulation.chat, guessed or "-")
        chat.disconnect_socket(room.simulation.chat, guessed or "-")
    assert room.connections_of(MEI) == ["m1"]


def test_h15_a_subscription_reaches_no_connection_of_another_user() -> None:
    """A kick and a block close the connections of one user, whatever ids they have."""
    room = Lobby()
    room.subscribe(MEI, "m1")
    room.subscribe(LIN, "l1")
    stranger = Socket("m1", caller("yan").user_id, LIN.signed_in_at, LIN.expires_at)
    with pytest.raises(CircleNotFound):
        chat.subscribe_socket(room.simulation.chat, stranger, room.circle_id, room.id)
    room.kick(LIN)
    assert (room.connections_of(MEI), room.simulation.sockets.closed) == (["m1"], ["l1"])
