"""Races of topics and settings in one circle: the limit holds, and no setting is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Senders
from services.chat.errors import CircleReadOnly, TopicLimitReached
from services.chat.repository.rooms import get_room, iter_rooms
from services.chat.settings import settings
from services.chat.subscriptions import SUBSCRIPTIONS
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import CircleChanged, CircleData
from simulation.settings import overridden
from simulation.setup.chat import set_chat_members
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.setup.rooms import topic_key
from simulation.simulation import Simulation
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results

pytestmark = pytest.mark.cloud

LIN = caller("lin")
LATER = 2 * 10**12  # a version


class Circle:
    def __init__(self, simulation: Simulation) -> None:
        self.simulation, self.id = simulation, new_id("cir")
        self.lobby = set_chat_members(simulation, self.id, LIN, role="moderator")

    def opening(self, name: str) -> Callable[[], Any]:
        key = topic_key(self.simulation, LIN, name)
        return partial(chat.open_topic, self.simulation.chat, LIN, self.id, name, "", key)

    def changing(self, room_id: str, version: int, key: str, **changes: Any) -> Callable[[], Any]:
        return partial(chat.update_room, self.simulation.chat, LIN, self.id, room_id, change(version, key), changes)


def test_h25_of_8_topics_at_once_the_limit_is_opened_each_once(rounds: Rounds) -> None:
    for simulation in rounds:
        circle = Circle(simulation)
        with overridden(settings, max_topics=3):
            results = race([circle.opening(f"话题{number}") for number in range(8)] * 2)
        opened, errors = split_results(results)
        topics = get_room(simulation.chat_table, circle.id, circle.lobby).topics.open
        assert (len(topics), {type(error) for error in errors}) == (3, {TopicLimitReached})
        assert {room.id for room in opened} == set(topics)
        assert len(list(iter_rooms(simulation.chat_table, circle.id))) == 5


def test_h25_of_two_changes_at_once_one_is_denied(rounds: Rounds) -> None:
    for simulation in rounds:
        circle = Circle(simulation)
        calls = [
            circle.changing(circle.lobby, 0, "notice", notice="今晚有雨。"),
            circle.changing(circle.lobby, 0, "senders", senders=Senders.REGULARS),
        ]
        changed, errors = split_results(race(calls))
        assert (len(changed), {type(error) for error in errors}) == (1, {PreconditionFailed})
        assert get_room(simulation.chat_table, circle.id, circle.lobby) == changed[0]


def test_h25_a_topic_that_is_archived_twice_at_once_is_archived_once(rounds: Rounds) -> None:
    for simulation in rounds:
        circle = Circle(simulation)
        topic = circle.opening("湿地")()
        race([circle.changing(topic.id, 0, "archive", is_archived=True)] * 4)
        topics = get_room(simulation.chat_table, circle.id, circle.lobby).topics
        assert (topics.open, topics.archived) == ((), 1)


def test_r14_topics_that_are_opened_while_the_circle_becomes_read_only_are_read_only(rounds: Rounds) -> None:
    for simulation in rounds:
        circle = Circle(simulation)
        data = CircleData(circle_id=circle.id, name="城市观鸟圈", owner_id=LIN.user_id, state="read_only")
        event = CircleChanged(**envelope(simulation, circle.id, LATER), data=data)
        calls = [circle.opening(f"话题{number}") for number in range(5)]
        results = race([*calls, *[partial(SUBSCRIPTIONS[CircleChanged], simulation.chat, event)] * 2])
        _, errors = split_results(results)
        assert {type(error) for error in errors} <= {CircleReadOnly}
        rooms = list(iter_rooms(simulation.chat_table, circle.id, consistent_read=True))
        assert {(room.read_only, room.circle_version) for room in rooms} == {(True, LATER)}
