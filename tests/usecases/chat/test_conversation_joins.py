"""What the machine of conversations found, each as a plain test: rules that are right alone and meet in one room."""

from __future__ import annotations

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from simulation.setup.chat import HAO, LIN, MEI, set_chat_members
from simulation.setup.rooms import ModeratedLobby
from simulation.streams import handle_new_changes
from simulation.users import caller
from tests.support.crashing_sends import crash_between_writes

YAN = caller("yan")
DAY = 86_400


def lobby_with_lost_send() -> ModeratedLobby:
    """The number 1 is of a send that crashed; 2 and 3 are messages. No member has read."""
    room = ModeratedLobby()
    crash_between_writes(room, "lost", 0)
    room.send(HAO, "早", after=1)
    room.send(HAO, "几点集合", after=2)
    handle_new_changes(room.simulation, "chat")
    return room


def stored_text(room: ModeratedLobby) -> str:
    return str(room.simulation.memory("chat").all_items())


def test_h25_history_off_a_newcomer_reads_no_void_of_a_number_from_before_their_joining() -> None:
    room = lobby_with_lost_send()
    room.set(earlier_for_newcomers=False)
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, YAN)
    room.simulation.clock.advance(seconds=20)
    assert [message.seq for message in room.list_messages(MEI)] == [1, 2, 3], "the void is stored after the joining"
    assert (room.list_messages(YAN), room.own_room(YAN).unread) == ([], 0)
    room.send(HAO, after=3)
    assert ([message.seq for message in room.list_messages(YAN)], room.own_room(YAN).unread) == ([4], 1)


def test_h16_a_void_that_is_found_late_expires_with_the_messages_after_it() -> None:
    room = lobby_with_lost_send()
    room.set(retention_days=7)
    room.simulation.clock.advance(seconds=8 * DAY)
    assert (room.list_messages(LIN), room.own_room(LIN).unread) == ([], 0)


def test_h16_a_purge_passes_a_number_whose_send_crashed_in_a_room_that_is_not_read() -> None:
    room = lobby_with_lost_send()
    room.set(retention_days=7)
    room.simulation.clock.advance(seconds=8 * DAY)
    chat.handle_jobs(room.simulation.chat)
    handle_new_changes(room.simulation, "chat")
    assert "几点集合" not in stored_text(room)
    assert (room.list_messages(LIN), room.own_room(LIN).unread) == ([], 0)


def test_h5_h16_a_mention_after_what_has_expired_still_shows() -> None:
    room = ModeratedLobby()
    room.send(HAO)
    room.simulation.clock.advance(seconds=8 * DAY)
    request = MessageRequest("to-mei", 1, "@mei", mentions=(MEI.user_id,))
    chat.send_message(room.simulation.chat, HAO, room.circle_id, room.id, request)
    room.set(retention_days=7)
    own = room.own_room(MEI)
    assert (own.unread, own.mentioned) == (1, True)
    room.simulation.clock.advance(seconds=3600)
    chat.handle_jobs(room.simulation.chat)
    own = room.own_room(MEI)
    assert (own.unread, own.mentioned) == (1, True), "also after the purge"


def test_h4_h25_in_a_topic_that_is_opened_again_a_new_member_has_read_what_was_before() -> None:
    topic = ModeratedLobby().open()
    topic.send(HAO)
    topic.set(is_archived=True)
    topic.simulation.clock.advance(seconds=1)
    set_chat_members(topic.simulation, topic.circle_id, YAN)
    topic.simulation.clock.advance(seconds=1)
    topic.set(is_archived=False)
    assert topic.own_room(YAN).unread == 0
    topic.send(HAO)
    assert topic.own_room(YAN).unread == 1
