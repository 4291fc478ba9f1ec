"""Pictures of messages in parallel: sends with the same pictures, retries, the end of a check, and reports against the end."""

from __future__ import annotations

import random
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Message, MessageKind
from services.chat.errors import MessageNotFound, SendRateExceeded
from services.chat.repository.message_items import message_key
from services.chat.usecases.picture_files import update_files
from services.shared.kernel.errors import PicturesInvalid
from services.shared.messaging.stream import Change
from services.shared.pictures.checks import picture_key
from services.shared.table.items import Attr, Condition, Key
from services.shared.table.port import ConditionFailed
from services.shared.table.reports import ReportInput, find_evidence
from simulation.setup.chat import HAO, MEI, Lobby
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of
from tests.usecases.chat.test_message_pictures import send, uploaded

pytestmark = pytest.mark.cloud

SPAM = ReportInput("spam")


def delete(room: Lobby, key: Key, when: Condition | None = None) -> None:
    """Delete an item, if the condition holds, and process the record of it in the stream."""
    item = room.simulation.chat_table.get(key, consistent_read=True)
    with suppress(ConditionFailed):
        room.simulation.chat_table.delete(key, when=when)
        update_files(room.simulation.chat, [Change("1", key, item, None)])


def history(room: Lobby) -> list[Message]:
    room.simulation.clock.advance(seconds=20)
    return [message for message in room.list_messages(HAO) if message.kind is not MessageKind.VOID]


def test_h24_of_messages_with_one_picture_at_once_one_is_stored(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Lobby(simulation)
        (picture_id,) = uploaded(room)
        sends = [partial(send, room, picture_id, msg_id=f"message-{number:04}") for number in range(4)]
        sent, errors = split_results(race(sends))
        assert len(sent) == 1
        assert types_of(errors) <= {PicturesInvalid, SendRateExceeded}
        assert [message.pictures[0].id for message in history(room)] == [picture_id]


def test_h24_of_messages_with_common_pictures_one_is_stored_and_no_picture_is_in_two(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Lobby(simulation)
        pictures = uploaded(room, count=4)
        sends = [
            partial(send, room, *random.sample(pictures, 3), msg_id=f"message-{number:04}") for number in range(4)
        ]  # of 4 pictures any two have 2 in common
        sent, _ = split_results(race(sends))
        assert len(sent) == 1
        used = [picture.id for message in history(room) for picture in message.pictures]
        assert len(used) == len(set(used)) == 3


def test_h24_tries_of_one_message_at_once_store_it_once_with_its_pictures(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Lobby(simulation)
        pictures = uploaded(room, count=2)
        results = race([partial(send, room, *pictures, msg_id="message-0001")] * 4)
        assert {message.seq for message in results} == {1}
        assert [[picture.id for picture in message.pictures] for message in history(room)] == [list(pictures)]


def test_h24_a_send_against_the_end_of_the_check_has_its_files_or_is_not_stored(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Lobby(simulation)
        (picture_id,) = uploaded(room)
        key = picture_key(room.id, MEI.user_id, picture_id)
        end = partial(delete, room, key, when=Attr("used_by").not_exists())
        result, _ = race([partial(send, room, picture_id, msg_id="message-0001"), end])
        files = {name for name in simulation.chat_bucket.files if picture_id in name}
        assert len(files) == (0 if isinstance(result, PicturesInvalid) else 2)
        assert len(history(room)) == len(files) // 2


def test_c27_a_report_against_the_end_of_a_message_has_all_pictures_or_does_not_exist(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Lobby(simulation)
        pictures = uploaded(room, count=2)
        send(room, *pictures)

        end = partial(delete, room, message_key(room.circle_id, room.id, 1))
        report = partial(chat.report_message, simulation.chat, HAO, room.circle_id, room.id, 1, SPAM)
        results: list[Any] = race([report, end])
        evidence = find_evidence(simulation.chat_table, room.circle_id, f"{room.id}/1")
        assert types_of(results) <= {type(None), MessageNotFound}
        assert (evidence is None) is any(isinstance(result, MessageNotFound) for result in results)
        if evidence:
            names = {f"{evidence['picture_folder']}/{picture_id}" for picture_id in pictures}
            assert names <= simulation.evidence.files.keys()
