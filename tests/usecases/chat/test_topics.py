"""H25: topics that a circle opens, and name, notice and settings of rooms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import PERMISSIONS, SENDERS, Action, MessageRequest, Role, Senders, lobby_id
from services.chat.errors import (
    CircleNotFound,
    CircleReadOnly,
    RoleNotAllowed,
    RoomArchived,
    RoomNotFound,
    RoomNotTopic,
    TopicLimitReached,
)
from services.chat.repository.message_items import message_partition
from services.chat.repository.messages import sequence_partition
from services.chat.repository.participants import participant_key
from services.chat.repository.rooms import iter_rooms
from services.chat.settings import settings
from services.shared.kernel.errors import KeyReused, PreconditionFailed
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CircleChanged, CircleData
from services.shared.table.purging import iter_items
from simulation.settings import overridden
from simulation.setup.chat import HAO, LIN, MEI, set_circle_state
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.setup.rooms import ModeratedLobby as Circle
from simulation.setup.rooms import topic_key
from simulation.sockets import messages_of
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller
from tests.support.races import HookedTable

PAGE, YAN = PageRequest(50), caller("yan")


@pytest.mark.parametrize("role", list(Role))
def test_h25_who_manages_rooms_is_data_by_role(role: Role) -> None:
    circle = Circle()
    circle.set_role(MEI, role)
    can = Action.MANAGE_ROOMS in PERMISSIONS[role]
    assert can == (role in (Role.MODERATOR, Role.CO_OWNER, Role.OWNER))
    for attempt in (lambda: circle.open(by=MEI), lambda: circle.set(MEI, notice="今晚有雨。")):
        if can:
            attempt()
        else:
            with pytest.raises(RoleNotAllowed):
                attempt()


@pytest.mark.parametrize("senders", list(Senders))
@pytest.mark.parametrize("role", list(Role))
def test_h25_who_sends_is_data_by_setting_and_role(role: Role, senders: Senders) -> None:
    circle = Circle()
    circle.set_role(MEI, role)
    circle.set(senders=senders)
    if role in SENDERS[senders]:
        assert circle.send(MEI).seq == 1
        return
    before = circle.simulation.chat_table.get(participant_key(circle.circle_id, MEI.user_id))
    with pytest.raises(RoleNotAllowed):
        circle.send(MEI)
    assert circle.simulation.chat_table.get(participant_key(circle.circle_id, MEI.user_id)) == before, "no slot is used"
    assert circle.list_messages() == []


def test_h25_a_topic_is_a_room_of_all_members_with_numbers_of_its_own() -> None:
    circle = Circle()
    topic = circle.open()
    circle.send(HAO)
    assert [topic.send(MEI).seq, topic.send(HAO, after=1).seq] == [1, 2]
    assert circle.listed(MEI) == circle.listed(HAO) == ["湿地晨观"]
    assert topic.count_unread(LIN) == 2
    with pytest.raises(CircleNotFound):
        topic.send(YAN)
    topic.subscribe(MEI, "of mei")
    topic.send(HAO, after=2)
    assert [message["seq"] for message in messages_of(circle.simulation.sockets.pushes["of mei"])] == [3]
    topic.kick(MEI)
    assert "of mei" in circle.simulation.sockets.closed


def test_h25_a_circle_has_at_most_20_open_topics_and_100_archived_ones() -> None:
    circle = Circle()
    with overridden(settings, max_topics=3, max_archived_topics=1):
        topics = [circle.open(f"话题{number}") for number in range(3)]
        with pytest.raises(TopicLimitReached):
            circle.open("话题4")
        topics[0].set(is_archived=True)
        circle.open("话题4")
        with pytest.raises(TopicLimitReached):
            topics[0].set(is_archived=False)
        with pytest.raises(TopicLimitReached):
            topics[1].set(is_archived=True)
    topics[0].set(is_archived=False)
    assert circle.listed(MEI) == ["话题0", "话题1", "话题2", "话题4"]


def test_h25_a_retry_opens_one_topic() -> None:
    circle = Circle()
    ports, key = circle.simulation.chat, topic_key(circle.simulation, LIN)
    first = chat.open_topic(ports, LIN, circle.circle_id, "湿地", "", key)
    assert chat.open_topic(ports, LIN, circle.circle_id, "湿地", "", key) == first
    with pytest.raises(KeyReused):
        chat.open_topic(ports, LIN, circle.circle_id, "山地", "", replace(key, body_hash="other"))
    assert circle.listed(MEI) == ["湿地"]


def test_h25_an_archived_topic_is_only_read() -> None:
    circle = Circle()
    topic = circle.open()
    topic.send(MEI)
    topic.set(is_archived=True)
    with pytest.raises(RoomArchived):
        topic.send(MEI, after=1)
    with pytest.raises(CircleNotFound):
        topic.send(YAN)
    assert [message.seq for message in topic.list_messages()] == [1]
    assert circle.listed(MEI) == ["湿地晨观"]
    topic.set(is_archived=False)
    assert topic.send(MEI, after=1).seq == 2


def test_h25_lobby_and_moderators_room_keep_the_circles_name() -> None:
    circle = Circle()
    for changes in ({"name": "水鸟"}, {"is_archived": True}):
        with pytest.raises(RoomNotTopic):
            circle.set(**changes)
    topic = circle.open()
    topic.set(name="水鸟")
    renamed = CircleData(circle_id=circle.circle_id, name="山鸟圈", owner_id=LIN.user_id, state="active")
    circle.simulation.clock.advance(seconds=1)
    deliver(circle.simulation, "chat", CircleChanged(**envelope(circle.simulation, circle.circle_id), data=renamed))
    rooms = chat.list_rooms(circle.simulation.chat, LIN, circle.circle_id, PAGE).items
    assert sorted(room.name for room in rooms) == ["山鸟圈", "山鸟圈", "水鸟"]


def test_h25_a_change_needs_the_version_that_was_read_and_a_pin_does_not_change_it() -> None:
    circle = Circle()
    circle.send(HAO)
    ports, at = circle.simulation.chat, (circle.circle_id, circle.id)
    chat.pin_message(ports, LIN, *at, 1)
    changed = chat.update_room(ports, LIN, *at, change(0), {"notice": "今晚有雨。"})
    assert (changed.settings.notice, changed.settings_version, changed.pins) == ("今晚有雨。", 1, (1,))
    assert chat.update_room(ports, LIN, *at, change(0), {"notice": "今晚有雨。"}) == changed, "a repeat"
    with pytest.raises(PreconditionFailed):
        chat.update_room(ports, LIN, *at, change(0, key="other"), {"notice": ""})
    with pytest.raises(RoomNotFound):
        chat.update_room(ports, LIN, circle.circle_id, "rom_unknown", change(0), {"notice": ""})


def test_h25_a_change_is_pushed_once() -> None:
    circle = Circle()
    circle.subscribe(MEI, "in the lobby")
    topic = circle.open()
    topic.subscribe(HAO, "in the topic")
    for _ in range(2):
        topic.set(notice="每周六早上 7 点集合。")
    pushes = circle.simulation.sockets.pushes
    changed = {"type": "room_changed", "room_id": topic.id, "etag": "1"}
    assert pushes["in the lobby"] == [{**changed, "etag": "0"}, changed]
    assert pushes["in the topic"] == [changed]


def test_h25_nothing_changes_in_a_read_only_circle() -> None:
    circle = Circle()
    topic = circle.open()
    set_circle_state(circle.simulation, circle.circle_id, "read_only")
    for attempt in (lambda: circle.open("山地"), lambda: topic.set(notice="早。"), lambda: topic.send(MEI)):
        with pytest.raises(CircleReadOnly):
            attempt()


def test_h25_topics_follow_the_circle_into_the_purge() -> None:
    circle = Circle()
    topic = circle.open()
    topic.send(MEI)
    set_circle_state(circle.simulation, circle.circle_id, "closed")
    chat.handle_jobs(circle.simulation.chat)
    table, at = circle.simulation.chat_table, (circle.circle_id, topic.id)
    for pk in (message_partition(*at), sequence_partition(*at)):
        assert list(iter_items(table, pk)) == []
    assert list(iter_rooms(table, circle.circle_id)) == []


def test_h25_the_chat_list_reads_topics_that_one_has_read_in_two_requests() -> None:
    circle = Circle()
    topic = circle.open()
    topic.send(HAO)
    handle_new_changes(circle.simulation, "chat")
    assert lobby_id(circle.circle_id) == circle.id

    def requests() -> list[str]:
        calls: list[str] = []

        def count(name: str, *_: Any, **__: Any) -> None:
            calls.append(name)

        table: Any = HookedTable(circle.simulation.chat_table, count)
        chat.list_own_rooms(replace(circle.simulation.chat, table=table), MEI, PAGE)
        return calls

    assert requests() == ["query", "get_many", "get_many"]
    chat.mark_read(circle.simulation.chat, MEI, circle.circle_id, topic.id, 1)
    assert requests() == ["query", "get_many"]


def test_h25_a_message_of_a_topic_is_sent_once_however_often_it_is_tried() -> None:
    circle = Circle()
    topic = circle.open()
    request, at = MessageRequest("message-0001", 0, "在吗"), (circle.circle_id, topic.id)
    sent = [chat.send_message(circle.simulation.chat, MEI, *at, request)[0] for _ in range(3)]
    assert [message.seq for message in sent] == [1, 1, 1]
    assert settings().max_topics == 20
