"""The chat list: each room with its last message, unread count and mute, in two requests; and the heads that it reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageKind, RoomHead, lobby_id
from services.chat.domain.head import MAX_RECENT
from services.chat.domain.message import MAX_PREVIEW
from services.chat.repository.heads import head_from_item, head_to_item
from services.chat.repository.message_items import message_key
from services.chat.repository.rooms import room_key
from services.chat.usecases.heads import update_head
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import MembershipChanged, MembershipChangedData
from services.shared.security.auth import Caller
from services.shared.table.validation import item_size
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_changes, handle_new_changes, new_changes
from simulation.users import caller
from tests.support.crashing_sends import crash_between_writes
from tests.support.races import HookedTable

YAN = caller("yan")


def list_own(room: Lobby, user: Caller = LIN, limit: int = 20) -> list[chat.OwnRoom]:
    return chat.list_own_rooms(room.simulation.chat, user, PageRequest(limit)).items


def mute(simulation: Simulation, circle_id: str, user: Caller, until: Any) -> None:
    data = {"circle_id": circle_id, "user_id": user.user_id, "role": "member", "state": "member", "muted_until": until}
    changed = MembershipChangedData.model_validate(data)
    event = MembershipChanged(**envelope(simulation, f"{circle_id}/{user.user_id}"), data=changed)
    chat.apply_membership_changed(simulation.chat, event)


def test_h23_a_room_shows_its_last_message_and_numbers_and_the_mute_of_the_reader() -> None:
    room = Lobby()
    assert (room.own_room(LIN).last, room.own_room(LIN).last_seq, room.own_room(LIN).muted_until) == (None, 0, None)
    room.send(HAO, "明早六点，东门见。")
    message = room.send(MEI, "好！", after=1)
    own = room.own_room(LIN)
    assert own.last
    assert (own.last.seq, own.last.kind, own.last.sender) == (2, MessageKind.TEXT, MEI.user_id)
    assert (own.last.text, own.last.sent_at) == ("好！", message.sent_at)
    assert (own.last_seq, own.read_seq, own.unread, own.muted_until) == (2, 0, 2, None)
    until = room.simulation.clock.now + timedelta(minutes=5)
    mute(room.simulation, room.circle_id, LIN, until)
    assert room.own_room(LIN).muted_until == until
    room.simulation.clock.advance(seconds=300)
    assert room.own_room(LIN).muted_until is None


def test_h23_the_room_with_the_newest_message_comes_first_and_one_without_messages_last() -> None:
    room = Lobby()
    others = [new_id("cir") for _ in range(5)]
    for circle_id in others:
        set_chat_members(room.simulation, circle_id, LIN, HAO)
    talking = [others[2], room.circle_id, others[0], others[4]]
    for circle_id in talking:
        other = replace_circle(room, circle_id)
        other.send(HAO)
    handle_new_changes(room.simulation, "chat")
    listed = [own.room.circle_id for own in list_own(room)]
    assert listed[:4] == talking[::-1]
    assert sorted(listed[4:]) == sorted([others[1], others[3]])


def replace_circle(room: Lobby, circle_id: str) -> Lobby:
    """Return the lobby of another circle of the same simulation."""
    other = object.__new__(Lobby)
    other.simulation, other.circle_id, other.id, other.count = room.simulation, circle_id, lobby_id(circle_id), 0
    return other


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("好" * 100, "好" * 100),
        ("好" * 101, "好" * 100),
        ("好" * 98 + "👩\u200d🔬" + "好", "好" * 98),
        ("好" * 97 + "👩\u200d🔬" + "好", "好" * 97 + "👩\u200d🔬"),
        ("e\u0301\u0323" * 60, None),
        ("👩" + "\u200d👩" * 80, ("👩" + "\u200d👩" * 80)[:MAX_PREVIEW]),
    ],
)
def test_h23_a_long_text_is_cut_between_visible_characters(text: str, shown: str | None) -> None:
    room = Lobby()
    stored = room.send(HAO, text).text
    last = room.own_room(LIN).last
    assert last
    assert stored.startswith(last.text)
    assert MAX_PREVIEW - 10 < len(last.text) <= MAX_PREVIEW
    assert shown is None or last.text == shown


def test_h23_twelve_rooms_are_two_requests_with_and_without_read_markers() -> None:
    room = Lobby()
    for number in range(12):
        other = replace_circle(room, new_id("cir"))
        set_chat_members(room.simulation, other.circle_id, YAN, HAO)
        other.send(HAO)
        if number % 2:
            chat.mark_read(room.simulation.chat, YAN, other.circle_id, other.id, 1)
    handle_new_changes(room.simulation, "chat")
    calls: list[str] = []
    table: Any = HookedTable(room.simulation.chat_table, lambda name, *_, **__: calls.append(name))
    listed = chat.list_own_rooms(replace(room.simulation.chat, table=table), YAN, PageRequest(12))
    assert (len(listed.items), listed.next, calls) == (12, None, ["query", "get_many"])
    assert sorted(own.unread for own in listed.items) == [0] * 6 + [1] * 6


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_h23_pages_have_each_room_once_with_its_read_marker(limit: int) -> None:
    room = Lobby()
    circles = sorted([room.circle_id, *(new_id("cir") for _ in range(6))])
    for circle_id in circles:
        set_chat_members(room.simulation, circle_id, LIN, HAO)
        other = replace_circle(room, circle_id)
        other.send(HAO)
        chat.mark_read(room.simulation.chat, LIN, circle_id, other.id, 1)
    for circle_id in circles[1:4]:
        set_chat_members(room.simulation, circle_id, LIN, HAO, state="left")
    listed: list[chat.OwnRoom] = []
    page: PageRequest | None = PageRequest(limit)
    while page:
        own_rooms = chat.list_own_rooms(room.simulation.chat, LIN, page)
        assert len(own_rooms.items) == limit or own_rooms.next is None
        listed += own_rooms.items
        page = PageRequest(limit, own_rooms.next) if own_rooms.next else None
    assert [(own.room.circle_id, own.read_seq) for own in listed] == [(circle, 1) for circle in [circles[0], *circles[4:]]]


@pytest.mark.parametrize("state", ["left", "kicked", "pending", "banned"])
def test_h23_a_user_who_is_no_member_has_no_room_listed(state: str) -> None:
    room = Lobby()
    room.send(HAO)
    set_chat_members(room.simulation, room.circle_id, LIN, state=state)
    handle_new_changes(room.simulation, "chat")
    assert list_own(room) == []
    assert len(list_own(room, MEI)) == 1


def test_h23_a_room_that_was_purged_is_not_listed_and_gets_no_head() -> None:
    room = Lobby()
    room.send(HAO)
    key = room_key(room.circle_id, room.id)
    room.simulation.chat_table.delete(key, when=None)
    handle_new_changes(room.simulation, "chat")
    assert list_own(room) == []
    assert room.simulation.chat_table.get(key) is None


def test_h4_messages_that_were_deleted_are_neither_unread_nor_shown() -> None:
    room = Lobby()
    for number in range(3):
        room.send(HAO, after=number)
    assert room.count_unread(LIN) == 3
    for seq in (1, 3):
        room.simulation.chat_table.delete(message_key(room.circle_id, room.id, seq), when=None)
    own = room.own_room(LIN)
    assert (own.unread, own.last, own.last_seq) == (1, None, 3)


@pytest.mark.parametrize("crashed", [1, 2, 40])
def test_h23_the_list_counts_past_a_crashed_send_that_no_member_has_read(crashed: int) -> None:
    room = Lobby()
    room.send(HAO)
    for number in range(crashed):
        crash_between_writes(room, f"crashed-{number:04}", 1)
    room.send(HAO, "后面的", after=1)
    room.simulation.clock.advance(seconds=5)
    own = room.own_room(LIN)
    assert (own.unread, own.last_seq, own.last and own.last.seq) == (1, 1, 1)
    room.simulation.clock.advance(seconds=16)
    own = room.own_room(LIN)
    assert (own.unread, own.last_seq, own.last and own.last.text) == (2, crashed + 2, "后面的")
    stored = room.simulation.chat_table.get(room_key(room.circle_id, room.id)) or {}
    assert stored["head"]["last_seq"] == 1
    handle_new_changes(room.simulation, "chat")  # the voids
    stored = room.simulation.chat_table.get(room_key(room.circle_id, room.id)) or {}
    assert (stored["head"]["last_seq"], stored["head"]["seen_seq"]) == (crashed + 2, crashed + 2)


@pytest.mark.parametrize("order", [(2, 1, 0), (0, 2), (2,), (1, 1, 2), (0, 1, 2, 0)])
def test_h23_a_head_is_the_same_after_any_order_repetition_or_loss_of_earlier_changes(order: tuple[int, ...]) -> None:
    room = Lobby()
    for number in range(3):
        room.send((HAO, MEI, LIN)[number], after=number)
    changes = [change for change in all_changes(room.simulation, "chat") if change.key.sk.startswith("MSG#")]
    for index in order:
        handle_changes("chat", room.simulation.chat, [changes[index]])
    (own,) = list_own(room)
    assert (own.unread, own.last_seq, own.last and own.last.sender) == (2, 3, LIN.user_id)


def test_h23_a_head_that_another_function_saved_meanwhile_is_not_undone() -> None:
    room = Lobby()
    room.send(HAO)
    room.send(MEI, after=1)
    first, second = (change for change in new_changes(room.simulation, "chat") if change.key.sk.startswith("MSG#"))
    saves: list[str] = []

    def before(name: str, *_: Any, **__: Any) -> None:
        if name == "update":
            saves.append(name)
            if len(saves) == 1:
                update_head(room.simulation.chat, [first, second])

    table: Any = HookedTable(room.simulation.chat_table, before)
    update_head(replace(room.simulation.chat, table=table), [first])
    assert len(saves) == 1  # what the other one saved has it already
    assert room.own_room(LIN).last_seq == 2


def test_h23_a_pin_and_a_head_do_not_undo_each_other() -> None:
    room = Lobby()
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, LIN, role="owner")
    room.send(HAO)

    def before(name: str, *_: Any, **__: Any) -> None:
        if name == "update":
            handle_new_changes(room.simulation, "chat")

    table: Any = HookedTable(room.simulation.chat_table, before)
    chat.pin_message(replace(room.simulation.chat, table=table), LIN, room.circle_id, room.id, 1)
    assert room.own_room(LIN).last_seq == 1
    assert len(chat.list_pinned_messages(room.simulation.chat, MEI, room.circle_id, room.id).items) == 1
    room.send(HAO, after=1)
    assert room.own_room(LIN).last_seq == 2
    assert len(chat.list_pinned_messages(room.simulation.chat, MEI, room.circle_id, room.id).items) == 1


def test_h23_the_item_of_a_room_with_20_senders_and_a_long_text_is_one_write_unit() -> None:
    room = Lobby()
    members = [caller(f"member-{number}") for number in range(20)]
    set_chat_members(room.simulation, room.circle_id, *members)
    for number in range(MAX_RECENT + 20):
        room.send(members[number % 20], "好" * 200, after=number)
    handle_new_changes(room.simulation, "chat")
    item = room.simulation.chat_table.get(room_key(room.circle_id, room.id)) or {}
    assert len(item["head"]["recent"]) == MAX_RECENT
    assert item_size(item) <= 1024


def test_h23_each_of_128_different_senders_has_its_own_symbol() -> None:
    senders = tuple(f"sender-{number:04}" for number in range(MAX_RECENT))
    head = RoomHead(MAX_RECENT, MAX_RECENT, senders, None, 3)
    assert head_from_item(head_to_item(head), 3, 0) == head
