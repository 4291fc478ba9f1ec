"""H5: a message mentions users, who are notified if they can read it; and all, which moderators can 3 times a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest, moderators_room_id
from services.chat.errors import MentionAllLimitReached, MessageConflict, RoleNotAllowed
from services.chat.repository.messages import load_message
from services.shared.kernel.errors import NewcomerLimitExceeded
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.setup.requests import change
from simulation.streams import all_changes, handle_changes, handle_new_changes, new_changes
from simulation.users import caller
from tests.support.blocking import block
from tests.usecases.chat.test_recall import recall, remove
from tests.usecases.chat.test_take_downs import lobby, restore, take_down

YAN = caller("yan")


def mention(room: Lobby, *users: Caller, by: Caller = MEI, to_all: bool = False, msg_id: str = "", room_id: str = "") -> int:
    """Send a message that mentions users, and return its number."""
    room.count += 1
    room.simulation.clock.advance(seconds=1)
    mentions = tuple(user.user_id for user in users)
    request = MessageRequest(msg_id or f"message-{room.count}", 0, "看这里", mentions=mentions, mentions_all=to_all)
    return chat.send_message(room.simulation.chat, by, room.circle_id, room_id or room.id, request)[0].seq


def edit(room: Lobby, seq: int, *users: Caller, by: Caller = MEI) -> None:
    room.simulation.clock.advance(seconds=1)
    version = load_message(room.simulation.chat_table, room.circle_id, room.id, seq).entity.version
    at = (room.simulation.chat, by, room.circle_id, room.id, seq)
    mentions = tuple(user.user_id for user in users)
    chat.update_message(*at, change(version, str(version)), f"改 {version}", mentions)


def notified(room: Lobby, user: Caller) -> list[Any]:
    """Return the subjects of the user's mentions, the newest first, after the stream was processed."""
    handle_new_changes(room.simulation, "chat")
    page = chat.list_notifications(room.simulation.chat, user, PageRequest(20))
    views = [view.notification for view in page.items if view.notification.kind == "mention"]
    return [int(view.subject.id.rpartition("/")[2]) for view in views]


def mentioned(room: Lobby, user: Caller) -> bool:
    return room.own_room(user).mentioned


def test_h5_a_mentioned_member_is_notified_by_ids_alone_and_sees_it_in_the_chat_list() -> None:
    room = lobby()
    seq = mention(room, HAO, MEI)
    assert (notified(room, HAO), notified(room, MEI), notified(room, LIN)) == ([seq], [], [])
    assert (mentioned(room, HAO), mentioned(room, MEI), mentioned(room, LIN)) == (True, False, False)
    (view,) = chat.list_notifications(room.simulation.chat, HAO, PageRequest(20)).items
    one = view.notification
    assert (one.actors, dict(one.about)) == ((MEI.user_id,), {"circle_id": room.circle_id, "room_id": room.id})
    assert one.subject.id == f"{room.id}/{seq}"
    chat.mark_read(room.simulation.chat, HAO, room.circle_id, room.id, seq)
    assert not mentioned(room, HAO)
    message = room.list_messages(HAO)[-1]
    assert (message.mentions, message.mentions_all) == ((HAO.user_id, MEI.user_id), False)


def test_h5_repeated_and_late_records_notify_once() -> None:
    room = lobby()
    seq = mention(room, HAO)
    for one in reversed(new_changes(room.simulation, "chat")):
        handle_changes("chat", room.simulation.chat, [one])
    before = room.simulation.memory("chat").all_items()
    handle_changes("chat", room.simulation.chat, all_changes(room.simulation, "chat"))
    assert notified(room, HAO) == [seq]
    assert len(room.simulation.memory("chat").all_items()) == len(before)


def test_h5_a_mention_of_a_non_member_notifies_no_user_and_looks_like_one_of_an_unknown_user() -> None:
    room = lobby()
    set_chat_members(room.simulation, room.circle_id, YAN, state="left")
    before = [item for item in room.simulation.memory("chat").all_items() if YAN.user_id in str(item)]
    for user in (YAN, caller("unknown")):
        seq = mention(room, user)
        assert room.list_messages(HAO)[-1].mentions == (user.user_id,)
        assert notified(room, user) == []
        assert seq
    stored = [item for item in room.simulation.memory("chat").all_items() if YAN.user_id in str(item)]
    assert len(stored) == len(before) + 1, "the message alone names them"


def test_h5_who_cannot_enter_the_room_is_not_notified_and_who_cannot_any_more_sees_none() -> None:
    room = lobby()
    moderators = moderators_room_id(room.circle_id)
    set_chat_members(room.simulation, room.circle_id, YAN, role="moderator")
    room.simulation.clock.advance(seconds=1)
    mention(room, HAO, YAN, by=LIN, room_id=moderators)
    assert (notified(room, HAO), notified(room, YAN)) == ([], [1])
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, YAN, role="member")
    assert notified(room, YAN) == []
    in_lobby = mention(room, YAN)
    assert notified(room, YAN) == [in_lobby]
    room.kick(YAN)
    assert notified(room, YAN) == []


def test_h5_who_blocked_the_sender_is_not_notified() -> None:
    room = lobby()
    earlier = mention(room, HAO)
    assert notified(room, HAO) == [earlier]
    block(room, HAO, MEI)
    mention(room, HAO)
    assert (notified(room, HAO), mentioned(room, HAO)) == ([], False)
    block(room, HAO)
    assert notified(room, HAO) == [earlier], "nothing was stored of the other"


@pytest.mark.parametrize("erase", [recall, remove])
def test_h5_a_message_that_is_recalled_or_removed_hides_its_mention(erase: Any) -> None:
    room = lobby()
    kept, seq = mention(room, HAO), mention(room, HAO)
    assert notified(room, HAO) == [seq, kept]
    erase(room, seq)
    assert (notified(room, HAO), mentioned(room, HAO)) == ([kept], True)
    erase(room, kept)
    assert (notified(room, HAO), mentioned(room, HAO)) == ([], False)
    handle_changes("chat", room.simulation.chat, all_changes(room.simulation, "chat"))
    assert (notified(room, HAO), mentioned(room, HAO)) == ([], False)


def test_h5_a_take_down_hides_the_mention_and_its_end_brings_it_back_read_or_unread_as_it_was() -> None:
    room = lobby()
    seq = mention(room, HAO)
    notified(room, HAO)
    before = chat.list_notifications(room.simulation.chat, HAO, PageRequest(20)).items
    take_down(room, seq)
    assert (notified(room, HAO), mentioned(room, HAO)) == ([], False)
    restore(room, seq)
    assert (notified(room, HAO), mentioned(room, HAO)) == ([seq], True)
    assert chat.list_notifications(room.simulation.chat, HAO, PageRequest(20)).items == before


def test_h5_an_edit_notifies_who_is_newly_mentioned_and_takes_back_who_is_not_any_more() -> None:
    room = lobby()
    seq = mention(room, HAO)
    notified(room, HAO)
    (before,) = chat.list_notifications(room.simulation.chat, HAO, PageRequest(20)).items
    edit(room, seq, HAO, LIN)
    assert (notified(room, HAO), notified(room, LIN)) == ([seq], [seq])
    assert chat.list_notifications(room.simulation.chat, HAO, PageRequest(20)).items == [before], "not again"
    edit(room, seq, LIN)
    assert (notified(room, HAO), mentioned(room, HAO)) == ([], False)
    assert (notified(room, LIN), mentioned(room, LIN)) == ([seq], True)


def test_h5_another_mention_under_the_same_id_is_another_message() -> None:
    room = lobby()
    seq = mention(room, HAO, msg_id="message-99")
    assert mention(room, HAO, msg_id="message-99") == seq
    with pytest.raises(MessageConflict):
        mention(room, LIN, msg_id="message-99")


def test_h5_a_newcomer_mentions_2_users() -> None:
    room = lobby()
    set_chat_members(room.simulation, room.circle_id, YAN, role="newcomer")
    mention(room, HAO, LIN, by=YAN)
    with pytest.raises(NewcomerLimitExceeded):
        mention(room, HAO, LIN, MEI, by=YAN)


def test_h5_moderators_mention_all_3_times_a_day_in_china() -> None:
    room = lobby()
    set_chat_members(room.simulation, room.circle_id, YAN, role="owner")
    with pytest.raises(RoleNotAllowed):
        mention(room, by=MEI, to_all=True)
    for by in (LIN, YAN, LIN):
        mention(room, by=by, to_all=True)
    for by in (LIN, LIN, YAN):
        with pytest.raises(MentionAllLimitReached) as error:
            mention(room, by=by, to_all=True, msg_id=f"denied-by-{by.user_id}")
    assert 0 < (error.value.retry_after or 0) <= 86_400
    room.send(LIN, "不 @ 了")
    room.simulation.clock.advance(seconds=timedelta(days=1).total_seconds())
    mention(room, by=LIN, to_all=True)


def test_h5_a_retry_uses_no_other_mention_of_all_at_any_time() -> None:
    room = lobby()
    first = mention(room, by=LIN, to_all=True, msg_id="message-90")
    for number in range(2):
        mention(room, by=LIN, to_all=True, msg_id=f"message-8{number}")
    room.send(LIN, "之后的消息")
    assert mention(room, by=LIN, to_all=True, msg_id="message-90") == first
    room.simulation.clock.advance(seconds=timedelta(days=1).total_seconds())
    for number in range(3):
        mention(room, by=LIN, to_all=True, msg_id=f"message-7{number}")
    assert mention(room, by=LIN, to_all=True, msg_id="message-90") == first


def test_h5_all_see_the_mention_in_the_chat_list_without_an_item_each() -> None:
    room = lobby()
    handle_new_changes(room.simulation, "chat")
    before = len(room.simulation.memory("chat").all_items())
    seq = mention(room, by=LIN, to_all=True)
    assert (mentioned(room, HAO), mentioned(room, MEI), mentioned(room, LIN)) == (True, True, False)
    assert len(room.simulation.memory("chat").all_items()) == before + 3, "the message, the count and the member of the day"
    chat.mark_read(room.simulation.chat, HAO, room.circle_id, room.id, seq)
    assert (mentioned(room, HAO), mentioned(room, MEI)) == (False, True)
    block(room, MEI, LIN)
    assert not mentioned(room, MEI)
    block(room, MEI)
    recall(room, seq, LIN)
    assert not mentioned(room, MEI)


def test_h5_a_take_down_of_a_mention_of_all_and_its_end() -> None:
    room = lobby()
    seq = mention(room, by=LIN, to_all=True)
    take_down(room, seq)
    assert not mentioned(room, MEI)
    restore(room, seq)
    assert mentioned(room, MEI)


def test_h5_a_mention_before_the_recent_numbers_still_shows(relaxed_rate_limits: None) -> None:
    room = lobby()
    mention(room, HAO)
    mention(room, by=LIN, to_all=True)
    for number in range(140):
        room.send(MEI, "刷屏", after=number)
    assert (mentioned(room, HAO), mentioned(room, LIN)) == (True, False)
