"""What one member can do to a chat at most (section *Chat* of the list of abuse): floods, bombs and huge reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from services.chat import usecases as chat
from services.chat.domain import MAX_SEQ, MessageRequest
from services.chat.errors import ReactionLimitReached, SendRateExceeded
from services.chat.schemas import SendMessageRequest
from services.chat.settings import settings
from services.shared.kernel.errors import RateLimitReached
from services.shared.kernel.pages import PageRequest
from simulation.settings import overridden
from simulation.setup.chat import HAO, LIN, MEI
from simulation.setup.rooms import ModeratedLobby as Circle
from simulation.streams import handle_new_changes
from tests.support.races import HookedTable


def try_often(circle: Circle, attempts: int, seconds: float, attempt: Callable[[int], Any]) -> int:
    """Try something so many times within a time; return how often it is not denied by a rate."""
    accepted = 0
    for number in range(attempts):
        try:
            attempt(number)
            accepted += 1
        except (SendRateExceeded, RateLimitReached):
            pass
        circle.simulation.clock.advance(seconds=seconds / attempts)
    return accepted


def test_h12_a_flood_over_many_rooms_is_no_more_than_one_over_one_room() -> None:
    circle = Circle()
    rooms = [circle.id, *(circle.open(f"话题 {number}").id for number in range(9))]

    def send(number: int) -> None:
        request, room_id = MessageRequest(f"message-{number:04}", 0, "在吗"), rooms[number % len(rooms)]
        chat.send_message(circle.simulation.chat, MEI, circle.circle_id, room_id, request)

    assert try_often(circle, 200, 10, send) <= 15


def test_h5_a_mention_bomb_notifies_no_more_often_than_a_member_sends() -> None:
    circle = Circle()

    def mention(number: int) -> None:
        request = MessageRequest(f"message-{number:04}", 0, "看", mentions=(HAO.user_id, LIN.user_id))
        chat.send_message(circle.simulation.chat, MEI, circle.circle_id, circle.id, request)

    accepted = try_often(circle, 100, 10, mention)
    handle_new_changes(circle.simulation, "chat")
    listed = chat.list_notifications(circle.simulation.chat, HAO, PageRequest(100)).items
    assert len(listed) == accepted <= 15
    assert chat.list_notifications(circle.simulation.chat, MEI, PageRequest(100)).items == []


@pytest.mark.parametrize("mentions", [[LIN.user_id] * 11, [f"{number:08}-0000-4000-8000-000000000000" for number in range(11)]])
def test_h5_a_message_that_mentions_11_users_is_no_request(mentions: list[str]) -> None:
    body = {"client_msg_id": "message-0001", "after_seq": 0, "text": "看", "mentions": mentions}
    with pytest.raises(ValidationError):
        SendMessageRequest.model_validate(body)


def test_h8_a_reaction_bomb_is_limited_by_message_and_by_rate() -> None:
    circle = Circle()
    seqs = [circle.send(HAO, after=number).seq for number in range(20)]
    at = (circle.simulation.chat, MEI, circle.circle_id, circle.id)
    for name in ("like", "love", "sad"):
        chat.add_reaction(*at, seqs[0], name)
    with pytest.raises(ReactionLimitReached):
        chat.add_reaction(*at, seqs[0], "thanks")
    circle.simulation.clock.advance(hours=1)

    def react(number: int) -> None:
        name = ("like", "love", "sad")[number // 20]
        chat.add_reaction(circle.simulation.chat, HAO, circle.circle_id, circle.id, seqs[number % 20], name)

    with overridden(settings, reaction_burst=30):
        assert try_often(circle, 60, 10, react) <= 30 + 5


def test_h3_a_huge_history_is_read_in_pages_of_bounded_cost() -> None:
    """However long the room and far the number: one page is returned, by a few calls."""
    circle, calls = Circle(), list[str]()
    for number in range(110):
        circle.send((MEI, HAO)[number % 2], "话" * 50, after=number)
    handle_new_changes(circle.simulation, "chat")
    table = HookedTable(circle.simulation.chat_table, lambda call, *_, **__: calls.append(call))
    ports = replace(circle.simulation.chat, table=table)
    places: tuple[dict[str, Any], ...] = ({}, {"after_seq": 0}, {"after_seq": MAX_SEQ}, {"before_seq": MAX_SEQ}, {"around": 60})
    for place in places:
        calls.clear()
        given = {"after_seq": None, **place}
        page, _ = chat.list_messages(ports, LIN, circle.circle_id, circle.id, given.pop("after_seq"), 100, **given)
        assert (len(page) <= 100, len(calls) <= 8) == (True, True), (place, calls)
