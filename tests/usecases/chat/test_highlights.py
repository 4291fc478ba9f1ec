"""C17: highlights of a room, which moderators choose and members list. They follow their messages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.chat import errors
from services.chat import usecases as chat
from services.chat.domain import PERMISSIONS, Action, MessageRequest, Role, moderators_room_id
from services.chat.repository.message_items import message_partition
from services.chat.repository.messages import find_message
from services.chat.settings import settings
from services.shared.erasure.jobs import plan_erasure
from services.shared.kernel.errors import CallerMuted
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import (
    AccountDeleted,
    AccountDeletedData,
    CircleChanged,
    CircleData,
    MembershipChanged,
    MembershipChangedData,
)
from services.shared.table.purging import iter_items, plan_purge
from simulation.settings import overridden
from simulation.setup.chat import HAO, LIN, MEI, set_chat_members
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.setup.rooms import ModeratedLobby
from simulation.streams import deliver
from simulation.users import caller
from tests.support.blocking import block
from tests.support.highlights import entries, highlight, highlights, listed, take_down, unhighlight

YAN = caller("yan")


def lobby() -> ModeratedLobby:
    """A lobby with 5 messages of Hao, of which 2 and 4 are highlights."""
    room = ModeratedLobby()
    for number in range(5):
        room.send(HAO, f"在吗 {number}", after=number)
    for seq in (4, 2):
        highlight(room, seq)
    return room


def edit(room: ModeratedLobby, seq: int, text: str) -> None:
    stored = find_message(room.simulation.chat_table, room.circle_id, room.id, seq)
    assert stored
    chat.update_message(room.simulation.chat, HAO, room.circle_id, room.id, seq, change(stored.version), text)


def test_c17_highlights_are_listed_the_newest_message_first_with_their_texts() -> None:
    room = lobby()
    assert [(entry.message.seq, entry.message.text) for entry in entries(room)] == [(4, "在吗 3"), (2, "在吗 1")]
    assert [message.seq for message in room.list_messages(MEI) if message.highlighted_at] == [2, 4]
    unhighlight(room, 4)
    assert (highlights(room), listed(room)) == ([2], [2])


def test_c17_an_edit_shows_the_new_text_and_keeps_the_highlight() -> None:
    room = lobby()
    edit(room, 4, "改好了")
    assert [entry.message.text for entry in entries(room)] == ["改好了", "在吗 1"]


def test_c17_a_recalled_or_removed_highlight_is_none_at_once() -> None:
    room = lobby()
    chat.recall_message(room.simulation.chat, HAO, room.circle_id, room.id, 4)
    assert (highlights(room), highlights(room, HAO), listed(room)) == ([2], [2], [2])
    chat.remove_message(room.simulation.chat, LIN, room.circle_id, room.id, 2, "人身攻击。")
    assert (highlights(room), highlights(room, HAO), listed(room)) == ([], [], [])
    for seq in (2, 4):
        with pytest.raises(errors.MessageNotFound):
            highlight(room, seq)


def test_a4_a_highlight_that_is_down_is_listed_for_no_member_and_is_back_with_an_appeal() -> None:
    room = lobby()
    for seq in (2, 4, 5):
        take_down(room, seq)
    for seq in (4, 5):
        with pytest.raises(errors.MessageNotFound):
            highlight(room, seq)
    assert (highlights(room), highlights(room, HAO), listed(room)) == ([], [], [4, 2])
    unhighlight(room, 4)
    for seq in (2, 4):
        take_down(room, seq, is_active=False)
    assert (highlights(room), listed(room)) == ([2], [2])


@pytest.mark.parametrize(("content", "left"), [("delete", [6]), ("keep", [6, 4, 2])])
def test_a6_the_highlights_of_a_deleted_account_go_or_stay_as_its_messages(content: str, left: list[int]) -> None:
    room = lobby()
    highlight(room, room.send(MEI, after=5).seq)
    data = AccountDeletedData.model_validate({"user_id": HAO.user_id, "content": content})
    plan_erasure(room.simulation.chat, AccountDeleted(**envelope(room.simulation, HAO.user_id), data=data))
    room.simulation.clock.advance(seconds=1)
    chat.handle_jobs(room.simulation.chat)
    assert (highlights(room), listed(room)) == (left, left)


def test_c17_the_purge_of_a_circle_deletes_its_highlights() -> None:
    room = lobby()
    table = room.simulation.chat_table
    plan_purge(table, room.circle_id, room.simulation.clock.now)
    room.simulation.clock.advance(seconds=1)
    chat.handle_jobs(room.simulation.chat)
    assert list(iter_items(table, message_partition(room.circle_id, room.id))) == []


def test_c17_highlights_of_a_blocked_user_are_left_out() -> None:
    room = lobby()
    highlight(room, room.send(MEI, after=5).seq)
    block(room, MEI, HAO)
    assert (highlights(room), highlights(room, LIN)) == ([6], [6, 4, 2])


def test_h25_a_newcomer_reads_no_highlight_from_before_their_joining_where_the_history_is_off() -> None:
    room = lobby()
    room.set(earlier_for_newcomers=False)
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, YAN)
    highlight(room, room.send(HAO, after=5).seq)
    assert (highlights(room, YAN), highlights(room)) == ([6], [6, 4, 2])
    room.set_role(YAN, "moderator")
    with pytest.raises(errors.MessageNotFound):
        highlight(room, 3, YAN)
    room.set(earlier_for_newcomers=True)
    assert highlights(room, YAN) == [6, 4, 2]


def test_c17_the_limit_is_exact_and_each_way_out_frees_a_place() -> None:
    room = lobby()
    with overridden(settings, max_highlights=2):
        highlight(room, 4)
        take_down(room, 4)
        with pytest.raises(errors.HighlightLimitReached):
            highlight(room, 5)
        take_down(room, 4, is_active=False)
        chat.remove_message(room.simulation.chat, LIN, room.circle_id, room.id, 4, "广告。")
        highlight(room, 5)
        unhighlight(room, 2)
        highlight(room, 3)
        with pytest.raises(errors.HighlightLimitReached):
            highlight(room, 1)
    assert listed(room) == [5, 3]


def test_c17_highlights_are_pages_and_no_cursor_leads_to_an_empty_one() -> None:
    room = lobby()
    for number in range(5, 12):
        highlight(room, room.send(HAO if number % 2 else MEI, after=number).seq)
    block(room, MEI, HAO)
    pages, page = list[list[int]](), PageRequest(2)
    while page is not None:
        read = chat.list_highlighted_messages(room.simulation.chat, MEI, room.circle_id, room.id, page)
        pages.append([entry.message.seq for entry in read.items])
        if read.next is None:
            break
        page = PageRequest(2, read.next)
    assert pages == [[11, 9], [7]]


def test_c17_a_repeat_changes_and_pushes_nothing() -> None:
    room = lobby()
    room.subscribe(MEI, "m1")
    for repeated in (highlight, highlight, unhighlight, unhighlight):
        repeated(room, 5)
    pushes = room.simulation.sockets.pushes["m1"]
    stored = find_message(room.simulation.chat_table, room.circle_id, room.id, 5)
    assert [(push["type"], push["seq"]) for push in pushes] == [("highlighted", 5), ("unhighlighted", 5)]
    assert stored and pushes[1]["etag"] == str(stored.version) > pushes[0]["etag"]


@pytest.mark.parametrize("role", list(Role))
def test_c17_who_highlights_is_data_by_role(role: Role) -> None:
    room = lobby()
    room.set_role(MEI, role)
    assert (Action.HIGHLIGHT in PERMISSIONS[role]) == (role in (Role.MODERATOR, Role.CO_OWNER, Role.OWNER))
    for act in (highlight, unhighlight):
        if Action.HIGHLIGHT in PERMISSIONS[role]:
            act(room, 5, MEI)
            continue
        with pytest.raises(errors.RoleNotAllowed):
            act(room, 5, MEI)
    assert listed(room) == [4, 2]


def test_c17_a_former_member_and_a_stranger_find_no_highlights() -> None:
    room = lobby()
    room.kick(HAO)
    for user in (HAO, YAN):
        with pytest.raises(errors.CircleNotFound):
            entries(room, user)
        for act in (highlight, unhighlight):
            with pytest.raises(errors.CircleNotFound):
                act(room, 2, user)


def test_c17_a_muted_moderator_highlights_nothing() -> None:
    room = lobby()
    until = room.simulation.clock.now + timedelta(hours=1)
    data = {"circle_id": room.circle_id, "user_id": MEI.user_id, "role": "moderator", "state": "member", "muted_until": until}
    muted = envelope(room.simulation, f"{room.circle_id}/{MEI.user_id}")
    event = MembershipChanged(**muted, data=MembershipChangedData.model_validate(data))
    deliver(room.simulation, "chat", event)
    for act in (highlight, unhighlight):
        with pytest.raises(CallerMuted):
            act(room, 4, MEI)
    assert highlights(room) == [4, 2]


def test_c17_the_highlights_of_the_moderators_room_are_for_those_who_enter_it() -> None:
    room = lobby()
    ports, at = room.simulation.chat, (room.circle_id, moderators_room_id(room.circle_id))
    chat.send_message(ports, LIN, *at, MessageRequest("only-for-us", 0, "今晚"))
    chat.highlight_message(ports, LIN, *at, 1)
    (entry,) = chat.list_highlighted_messages(ports, LIN, *at, PageRequest()).items
    assert entry.message.text == "今晚"
    with pytest.raises(errors.RoomNotFound):
        chat.list_highlighted_messages(ports, MEI, *at, PageRequest())


def test_c17_a_read_only_circle_keeps_its_highlights() -> None:
    room = lobby()
    data = CircleData(circle_id=room.circle_id, name="城市观鸟圈", owner_id=LIN.user_id, state="read_only")
    deliver(room.simulation, "chat", CircleChanged(**envelope(room.simulation, room.circle_id, 10**13), data=data))
    for act, seq in ((highlight, 5), (unhighlight, 2)):
        with pytest.raises(errors.CircleReadOnly):
            act(room, seq)
    assert highlights(room) == [4, 2]


def test_c17_a_void_and_an_unknown_number_cannot_be_highlighted() -> None:
    room = lobby()
    void = room.abandon_send(after=5)
    room.send(HAO, after=5)
    room.simulation.clock.advance(seconds=20)
    assert len(room.list_messages()) == 7
    for seq in (void, 99):
        with pytest.raises(errors.MessageNotFound):
            highlight(room, seq)
        unhighlight(room, seq)
    assert listed(room) == [4, 2]
