"""C28: moderators, co-owners and the owner have a room of their own; who loses the role loses it at once, sockets too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest, Role, RoomKind, moderators_room_id
from services.chat.errors import CircleNotFound, RoleNotAllowed, RoomNotFound
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportInput
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.sockets import messages_of
from simulation.streams import handle_new_changes
from simulation.users import caller
from tests.support.races import HookedTable

PAGE = PageRequest(20)
OUTSIDE = [str(role) for role in Role if role not in (Role.OWNER, Role.CO_OWNER, Role.MODERATOR)]


class ModeratorsRoom(Lobby):
    """A lobby whose owner is Lin, whose moderator is Mei; `id` is their moderators' room."""

    def __init__(self) -> None:
        super().__init__()
        self.lobby_id = self.id
        self.id = moderators_room_id(self.circle_id)
        self.set_role(LIN, "owner")
        self.set_role(MEI, "moderator")

    def set_role(self, user: Caller, role: str, version: int | None = None) -> None:
        self.simulation.clock.advance(seconds=1)
        set_chat_members(self.simulation, self.circle_id, user, role=role, version=version)


def attempts(room: ModeratorsRoom, user: Caller, room_id: str) -> list[Callable[[], Any]]:
    ports, at = room.simulation.chat, (room.circle_id, room_id)
    return [
        lambda: chat.send_message(ports, user, *at, MessageRequest("attempt-0001", 0, "在吗")),
        lambda: chat.list_messages(ports, user, *at, 0, 50),
        lambda: chat.list_pinned_messages(ports, user, *at),
        lambda: chat.mark_read(ports, user, *at, 1),
        lambda: chat.report_message(ports, user, *at, 1, ReportInput("spam")),
        lambda: chat.subscribe_socket(
            ports, chat.connect_socket(ports, chat.create_ticket(ports, user)[0], f"of {user.user_id}"), *at
        ),
    ]


def listed(room: ModeratorsRoom, user: Caller) -> list[str]:
    own = [one.room.id for one in chat.list_own_rooms(room.simulation.chat, user, PAGE).items]
    assert own == [one.id for one in chat.list_rooms(room.simulation.chat, user, room.circle_id, PAGE).items]
    return own


@pytest.mark.parametrize("role", ["moderator", "co_owner", "owner"])
def test_c28_moderators_and_above_have_a_room_of_their_own(role: str) -> None:
    room = ModeratorsRoom()
    room.set_role(MEI, role)
    assert listed(room, MEI) == [room.lobby_id, room.id]
    kinds = [one.kind for one in chat.list_rooms(room.simulation.chat, MEI, room.circle_id, PAGE).items]
    assert kinds == [RoomKind.LOBBY, RoomKind.MODERATORS]
    room.subscribe(MEI, "of mei")
    message = room.send(LIN, "谁在？")
    assert room.list_messages(MEI) == [message]
    assert room.count_unread(MEI) == 1
    assert [message["seq"] for message in messages_of(room.simulation.sockets.pushes["of mei"])] == [1]
    chat.pin_message(room.simulation.chat, MEI, room.circle_id, room.id, message.seq)
    assert len(chat.list_pinned_messages(room.simulation.chat, LIN, room.circle_id, room.id).items) == 1


def test_h23_the_chat_list_of_a_moderator_has_the_room_with_its_head_and_reads_its_key_for_no_other() -> None:
    room = ModeratorsRoom()
    message = room.send(LIN, "谁在？")
    keys: list[list[str]] = []

    def before(name: str, *given: Any, **_: Any) -> None:
        if name == "get_many":
            keys.append([key.sk for key in given[0]])

    handle_new_changes(room.simulation, "chat")
    ports = replace(room.simulation.chat, table=HookedTable(room.simulation.chat_table, before))
    first, second = chat.list_own_rooms(ports, MEI, PAGE).items
    assert (first.room.id, first.last_seq, first.unread) == (room.id, 1, 1)
    assert first.last
    assert (first.last.seq, first.last.text) == (message.seq, message.text)
    assert (second.room.id, second.last) == (room.lobby_id, None)
    chat.list_own_rooms(ports, HAO, PAGE)
    lobby, moderators = f"ROOM#{room.lobby_id}", f"ROOM#{room.id}"
    assert keys == [["BLOCKS", lobby, moderators], ["BLOCKS", lobby]]


def test_h23_a_page_of_more_rooms_than_a_batch_has_all_of_them() -> None:
    room = ModeratorsRoom()
    for _ in range(59):
        set_chat_members(room.simulation, new_id("cir"), MEI, role="moderator")
    page = chat.list_own_rooms(room.simulation.chat, MEI, PageRequest(100))
    assert (len({own.room.id for own in page.items}), page.next) == (120, None)


@pytest.mark.parametrize("role", OUTSIDE)
def test_c28_for_other_members_the_room_does_not_exist(role: str) -> None:
    room = ModeratorsRoom()
    room.send(LIN, "只给版主")
    room.set_role(HAO, role)
    assert listed(room, HAO) == [room.lobby_id]
    for attempt in attempts(room, HAO, room.id):
        with pytest.raises(RoomNotFound):
            attempt()
    for attempt in attempts(room, caller("stranger"), room.id):
        with pytest.raises(CircleNotFound):
            attempt()
    with pytest.raises(RoleNotAllowed):
        chat.pin_message(room.simulation.chat, HAO, room.circle_id, room.id, 1)


def test_c28_reading_it_costs_other_members_what_an_unknown_room_costs() -> None:
    room = ModeratorsRoom()

    def trace(room_id: str) -> list[str]:
        calls: list[str] = []
        table = HookedTable(room.simulation.chat_table, lambda name, *_, **__: calls.append(name))
        ports = replace(room.simulation.chat, table=table)
        with pytest.raises(RoomNotFound):
            chat.list_messages(ports, HAO, room.circle_id, room_id, 0, 50)
        with pytest.raises(RoomNotFound):
            chat.list_pinned_messages(ports, HAO, room.circle_id, room_id)
        return calls

    assert trace(room.id) == trace(new_id("rom"))


def test_c28_who_loses_the_role_loses_the_room_and_its_sockets_at_once() -> None:
    room = ModeratorsRoom()
    room.subscribe(MEI, "of mei")
    sent = room.send(MEI, "第一条", msg_id="from-mei-0001")
    room.set_role(MEI, "buyer")
    assert room.simulation.sockets.closed == ["of mei"]
    room.send(LIN, "第二条")
    assert len(room.simulation.sockets.pushes["of mei"]) == 1
    for attempt in attempts(room, MEI, room.id):
        with pytest.raises(RoomNotFound):
            attempt()
    with pytest.raises(RoomNotFound):  # also the retry of the last send, which uses no slot
        room.send(MEI, sent.text, msg_id="from-mei-0001")
    room.set_role(MEI, "moderator")
    assert len(room.list_messages(MEI)) == 2


def test_c28_connections_in_other_rooms_stay_open() -> None:
    room = ModeratorsRoom()
    ports = room.simulation.chat
    socket = chat.connect_socket(ports, chat.create_ticket(ports, MEI)[0], "in the lobby")
    chat.subscribe_socket(ports, socket, room.circle_id, room.lobby_id)
    room.set_role(MEI, "member")
    assert room.simulation.sockets.closed == []


@pytest.mark.parametrize("crossed", ["put", "get", "update"])
def test_c28_a_demotion_that_crosses_a_subscription_leaves_no_subscriber(crossed: str) -> None:
    """The demotion comes when the subscriber is stored, when the membership is read again, or when it is activated."""
    room = ModeratorsRoom()
    ports = room.simulation.chat
    socket = chat.connect_socket(ports, chat.create_ticket(ports, MEI)[0], "of mei")
    demoted: list[bool] = []

    def demote_once(name: str, *arguments: Any, **named: Any) -> None:
        is_second_read = name == "get" and named.get("consistent_read")
        if name == crossed and (name != "get" or is_second_read) and not demoted:
            if name == "update" and "a" not in named.get("set", {}):
                return
            demoted.append(True)
            room.set_role(MEI, "member")

    crossing = replace(ports, table=HookedTable(room.simulation.chat_table, demote_once))
    with pytest.raises((RoomNotFound, CircleNotFound)):
        chat.subscribe_socket(crossing, socket, room.circle_id, room.id)
    assert demoted
    room.send(LIN)
    assert "of mei" not in room.simulation.sockets.pushes


def test_c28_a_demotion_is_applied_again_after_a_crash_in_between() -> None:
    """The membership was stored, and the connections were not closed."""
    room = ModeratorsRoom()
    room.subscribe(MEI, "of mei")
    version = 10**14
    with mock.patch.object(room.simulation.sockets, "close", side_effect=ConnectionError), pytest.raises(ConnectionError):
        room.set_role(MEI, "member", version)
    room.set_role(MEI, "member", version)
    assert room.simulation.sockets.closed == ["of mei"]
    room.set_role(MEI, "moderator", version - 1)  # a late event
    with pytest.raises(RoomNotFound):
        room.list_messages(MEI)
