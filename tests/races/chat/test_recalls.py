"""A recall of a message against reports, edits, removals, take-downs and readers, all at once."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageKind, MessageRequest
from services.chat.errors import MessageNotFound
from services.chat.repository.messages import load_message
from services.shared.kernel.errors import Invalid, PreconditionFailed
from services.shared.kernel.ids import new_id
from services.shared.table.items import Query
from services.shared.table.reports import ReportInput, list_reported_surroundings
from simulation.setup.chat import HAO, LIN, MEI, Lobby
from simulation.setup.requests import change
from tests.races.chat.test_take_downs import TEXT, lobby, taking_down
from tests.races.conftest import Rounds
from tests.support.races import race, types_of

pytestmark = pytest.mark.cloud


def recalling(room: Lobby) -> Any:
    return partial(chat.recall_message, room.simulation.chat, MEI, room.circle_id, room.id, 2)


def editing(room: Lobby, text: str) -> Any:
    """Return an edit of what its sender has read before the race."""
    version = load_message(room.simulation.chat_table, room.circle_id, room.id, 2).entity.version
    at = (room.simulation.chat, MEI, room.circle_id, room.id, 2)
    return partial(chat.update_message, *at, change(version, text, text), text)


def evidence(room: Lobby) -> list[str]:
    query = Query(pk=f"CIRCLE#{room.circle_id}", prefix="REPORT#", limit=50, consistent_read=True)
    return [item["evidence"]["text"] for item in room.simulation.chat_table.query(query).items]


def test_h7_a_report_and_a_recall_at_once_leave_the_text_as_evidence_or_no_report(rounds: Rounds) -> None:
    for simulation in rounds:
        room = lobby(simulation)
        at = (room.circle_id, room.id, 2)
        reports = [partial(chat.report_message, simulation.chat, by, *at, ReportInput("spam")) for by in (HAO, LIN)]
        results = race(random.sample([*reports, recalling(room), *reports], 5))
        assert types_of(results) <= {type(None), MessageNotFound}
        assert set(evidence(room)) <= {TEXT}
        assert room.list_messages(HAO)[1].kind is MessageKind.RECALLED


def around(room: Lobby) -> list[tuple[str, str, str]]:
    """Return kind, sender and text of the message 2 in the surroundings of each report."""
    query = Query(pk=f"CIRCLE#{room.circle_id}", prefix="REPORT#", limit=50, consistent_read=True)
    listed = [list_reported_surroundings(item) for item in room.simulation.chat_table.query(query).items]
    return [(each["kind"], each["sender"], each["text"]) for messages in listed for each in messages if each["seq"] == 2]


def test_c27_a_recall_and_reports_of_the_message_beside_it_at_once_have_the_text_or_a_tombstone(rounds: Rounds) -> None:
    for simulation in rounds:
        room = lobby(simulation)
        at = (room.circle_id, room.id, 3)
        reports = [partial(chat.report_message, simulation.chat, by, *at, ReportInput("spam")) for by in (MEI, LIN)]
        assert types_of(race(random.sample([*reports, recalling(room), *reports], 5))) == {type(None)}
        seen = around(room)
        assert len(seen) == 2
        assert set(seen) <= {("text", MEI.user_id, TEXT), ("recalled", "", "")}
        chat.report_message(simulation.chat, LIN, room.circle_id, room.id, 1, ReportInput("spam"))
        assert ("recalled", "", "") in around(room)


def test_h7_edits_and_a_recall_at_once_leave_a_tombstone_without_text(rounds: Rounds) -> None:
    for simulation in rounds:
        room = lobby(simulation)
        calls = [recalling(room), *(editing(room, text) for text in ("第二版", "第三版")), recalling(room)]
        race(random.sample(calls, len(calls)))
        message = room.list_messages(MEI)[1]
        assert (message.kind, message.text, message.text_hash) == (MessageKind.RECALLED, "", "")


def test_h7_of_two_edits_at_once_one_wins_and_the_other_is_an_error(rounds: Rounds) -> None:
    for simulation in rounds:
        room = lobby(simulation)
        results = race([editing(room, "第二版"), editing(room, "第三版")])
        (won,) = [result.message for result in results if isinstance(result, chat.HistoryEntry)]
        assert types_of(results) == {chat.HistoryEntry, PreconditionFailed}
        assert room.list_messages(HAO)[1].text == won.text


def test_h7_a_recall_a_removal_and_a_take_down_at_once_leave_no_text(rounds: Rounds) -> None:
    for simulation in rounds:
        room = lobby(simulation)
        remove = partial(chat.remove_message, simulation.chat, LIN, room.circle_id, room.id, 2, "广告。")
        case = new_id("cas")
        calls = [recalling(room), remove, taking_down(room, case, 1, is_active=True)]
        assert types_of(race(random.sample(calls, 3))) <= {type(None), MessageNotFound}
        taking_down(room, case, 2, is_active=False)()
        message = room.list_messages(MEI)[1]
        assert (message.kind in (MessageKind.RECALLED, MessageKind.REMOVED), message.text) == (True, "")


def test_h6_replies_and_a_recall_at_once_leave_no_copy_of_the_text(rounds: Rounds) -> None:
    for simulation in rounds:
        room = lobby(simulation)
        requests = [MessageRequest(f"reply-{number}", 0, "好的", reply_to=2) for number in range(4)]
        replies = [partial(chat.send_message, simulation.chat, HAO, room.circle_id, room.id, request) for request in requests]
        results = race(random.sample([*replies, recalling(room)], 5))
        assert types_of(results) <= {type(None), tuple, Invalid}
        entries, _ = chat.list_messages(simulation.chat, HAO, room.circle_id, room.id, 0, 50)
        answered = [entry.answered for entry in entries if entry.answered]
        assert all((message.kind, message.text) == (MessageKind.RECALLED, "") for message in answered)
        assert TEXT not in str(entries)
