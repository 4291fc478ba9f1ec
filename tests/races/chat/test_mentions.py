"""Mentions of all at once: exactly 3 of a circle and day; and mentions against edits and recalls."""

from __future__ import annotations

import random
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import MentionAllLimitReached
from services.chat.repository.message_items import message_to_item
from services.chat.repository.messages import find_message
from services.chat.usecases.notifying_messages import notify_messages
from services.shared.kernel.pages import PageRequest
from simulation.setup.chat import HAO, MEI, Lobby, set_chat_members
from simulation.streams import changes_from_images
from simulation.users import caller
from tests.races.chat.test_take_downs import lobby, taking_down
from tests.races.conftest import Rounds
from tests.support.races import race, split_results

pytestmark = pytest.mark.cloud


def mentioning_all(room: Lobby, by: Any, number: int) -> Any:
    request = MessageRequest(f"mention-all-{number}", 0, "各位", mentions_all=True)
    return partial(chat.send_message, room.simulation.chat, by, room.circle_id, room.id, request)


def test_h5_of_10_mentions_of_all_at_once_3_are_sent_and_retries_are_counted_once(rounds: Rounds) -> None:
    for simulation in rounds:
        room, moderators = lobby(simulation), [caller(f"moderator-{number}") for number in range(10)]
        set_chat_members(simulation, room.circle_id, *moderators, role="moderator")
        calls = [mentioning_all(room, by, number) for number, by in enumerate(moderators)]
        results = race(random.sample(calls * 2, 20))
        sent, errors = split_results(results)
        assert {type(error) for error in errors} == {MentionAllLimitReached}
        assert len({message.seq for message, _ in sent}) == 3
        assert sum(message.mentions_all for message in room.list_messages(HAO)) == 3


def test_h5_records_of_a_mention_and_its_recall_at_once_leave_no_notification(rounds: Rounds) -> None:
    for simulation in rounds:
        room = lobby(simulation)
        at, request = (room.circle_id, room.id), MessageRequest("mention-0001", 0, "看", mentions=(HAO.user_id,))
        seq = chat.send_message(simulation.chat, MEI, *at, request)[0].seq
        sent = find_message(simulation.chat_table, *at, seq, consistent_read=True)
        chat.recall_message(simulation.chat, MEI, *at, seq)
        recalled = find_message(simulation.chat_table, *at, seq, consistent_read=True)
        assert sent and recalled
        images = [message_to_item(message, room.circle_id) for message in (sent, recalled)]
        records = [(None, images[0]), (images[0], images[1])]
        race([partial(notify_messages, simulation.chat, changes_from_images([record])) for record in records * 3])
        assert chat.list_notifications(simulation.chat, HAO, PageRequest(20)).items == []


def test_h5_a_mention_and_a_take_down_and_its_end_at_once_leave_one_notification(rounds: Rounds) -> None:
    for simulation in rounds:
        room = lobby(simulation)
        at, request = (room.circle_id, room.id), MessageRequest("mention-0001", 0, "看", mentions=(HAO.user_id,))
        chat.send_message(simulation.chat, MEI, *at, request)
        stages = [find_message(simulation.chat_table, *at, 4, consistent_read=True)]
        for version, is_active in ((1, True), (2, False)):
            taking_down(room, "cas_01KJY2E1KX7BMZ758QWDX6V9QC", version, is_active=is_active, seq=4)()
            stages.append(find_message(simulation.chat_table, *at, 4, consistent_read=True))
        images = [None, *(message_to_item(message, room.circle_id) for message in stages if message)]
        records = list(pairwise(images))
        race([partial(notify_messages, simulation.chat, changes_from_images([record])) for record in records * 2])
        (view,) = [
            view
            for view in chat.list_notifications(simulation.chat, HAO, PageRequest(20)).items
            if view.notification.kind == "mention"
        ]
        assert view.notification.subject.id == f"{room.id}/4"
