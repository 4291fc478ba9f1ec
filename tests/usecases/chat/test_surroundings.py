"""C27: a report of a message has up to 3 messages before and 3 after it, as its reporter sees them, for its event alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.publications import PUBLICATIONS
from services.chat.settings import settings
from services.shared.messaging.events import BlocksChanged, BlocksChangedData, MessageReported, SurroundingMessageData
from services.shared.messaging.outbox import pending_events_of
from services.shared.security.auth import Caller
from services.shared.table.items import Item, Key
from services.shared.table.reports import ReportInput
from simulation.settings import overridden
from simulation.setup.chat import HAO, LIN, MEI, set_chat_members
from simulation.setup.events import content_reports, envelope, take_down_changed
from simulation.setup.requests import change
from simulation.setup.rooms import ModeratedLobby
from simulation.streams import all_changes, deliver, handle_all_changes, handle_new_changes, published_events
from simulation.users import caller

YAN = caller("yan")
SPAM = ReportInput("spam", "反复发广告。")


def room_of(count: int, *senders: Caller) -> ModeratedLobby:
    """A room with messages `第 1 条`, `第 2 条` and so on, of Hao, or of these senders in turn."""
    room = ModeratedLobby()
    for number in range(1, count + 1):
        by = senders[(number - 1) % len(senders)] if senders else HAO
        room.send(by, f"第 {number} 条", after=number - 1)
    return room


def report(room: ModeratedLobby, seq: int = 4, by: Caller = MEI) -> None:
    chat.report_message(room.simulation.chat, by, room.circle_id, room.id, seq, SPAM)


def surroundings(room: ModeratedLobby) -> list[SurroundingMessageData]:
    """Return what the last event of a report has around the message."""
    event = content_reports(room.simulation, "chat")[-1]
    assert isinstance(event, MessageReported)
    return event.data.surroundings


def reported(room: ModeratedLobby, seq: int = 4, by: Caller = MEI) -> list[SurroundingMessageData]:
    report(room, seq, by)
    return surroundings(room)


def stored_reports(room: ModeratedLobby) -> list[Item]:
    return [item for item in room.simulation.memory("chat").all_items() if item["sk"].startswith("REPORT#")]


def block(room: ModeratedLobby, by: Caller, user: Caller) -> None:
    data = BlocksChangedData(user_id=by.user_id, blocked=[user.user_id])
    deliver(room.simulation, "chat", BlocksChanged(**envelope(room.simulation, by.user_id), data=data))


def test_c27_a_report_has_the_3_messages_before_and_after_with_sender_time_and_number() -> None:
    room = room_of(9, HAO, MEI, LIN)
    around = reported(room, 5)
    assert [each.seq for each in around] == [2, 3, 4, 6, 7, 8]
    stored = {message.seq: message for message in room.list_messages(MEI)}
    for each in around:
        message = stored[each.seq]
        assert (each.kind, each.sender, each.text, each.sent_at) == ("text", message.sender, message.text, message.sent_at)
    (event,) = content_reports(room.simulation, "chat")
    assert event.data.evidence["text"] == "第 5 条"


@pytest.mark.parametrize(("seq", "around"), [(1, [2, 3, 4]), (2, [1, 3, 4, 5]), (5, [2, 3, 4]), (4, [1, 2, 3, 5])])
def test_c27_at_the_ends_of_a_room_a_report_has_the_messages_that_exist(seq: int, around: list[int]) -> None:
    assert [each.seq for each in reported(room_of(5), seq)] == around


def test_c27_the_only_message_of_a_room_has_no_surroundings_and_its_report_none_to_delete() -> None:
    room = room_of(1)
    assert reported(room, 1) == []
    assert "surroundings" not in stored_reports(room)[0]


def test_c27_a_number_without_a_message_is_left_out_and_no_message_beyond_replaces_it() -> None:
    room = room_of(3)
    room.abandon_send(after=3)
    for number in (5, 6, 7, 8):
        room.send(HAO, after=number - 1)
    room.simulation.clock.advance(seconds=60)
    for by in (LIN, MEI):  # before a reader stores the void, and after it
        assert [each.seq for each in reported(room, 5, by)] == [2, 3, 6, 7, 8]
        room.list_messages()


# What the reporter does not see


def recall(room: ModeratedLobby) -> None:
    chat.recall_message(room.simulation.chat, HAO, room.circle_id, room.id, 3)


def remove(room: ModeratedLobby) -> None:
    chat.remove_message(room.simulation.chat, LIN, room.circle_id, room.id, 3, "广告。")


def take_down(room: ModeratedLobby) -> None:
    event = take_down_changed(room.simulation, "chat", "message", f"{room.id}/3", room.circle_id)
    deliver(room.simulation, "chat", event)


def take_down_recalled(room: ModeratedLobby) -> None:
    take_down(room)
    recall(room)


@pytest.mark.parametrize(
    ("end", "kind"), [(recall, "recalled"), (remove, "removed"), (take_down, "taken_down"), (take_down_recalled, "recalled")]
)
@pytest.mark.parametrize("by", [MEI, HAO], ids=["another reporter", "its own sender"])
def test_c27_a_tombstone_beside_a_message_has_neither_text_nor_sender(
    end: Callable[[ModeratedLobby], None], kind: str, by: Caller
) -> None:
    room = room_of(5, HAO, LIN)
    end(room)
    tombstone = reported(room, 4, by)[2]
    assert (tombstone.seq, tombstone.kind, tombstone.sender, tombstone.text) == (3, kind, "", "")
    assert "第 3 条" not in json.dumps(stored_reports(room), ensure_ascii=False, default=str)


def test_c27_an_edited_message_beside_it_has_the_text_that_its_reporter_sees() -> None:
    room = room_of(5)
    version = room.list_messages()[2].version
    chat.update_message(room.simulation.chat, HAO, room.circle_id, room.id, 3, change(version), "改过的")
    assert [each.text for each in reported(room)] == ["第 1 条", "第 2 条", "改过的", "第 5 条"]


def test_c27_messages_of_users_that_the_reporter_blocked_are_left_out() -> None:
    room = room_of(7, HAO, LIN)
    block(room, MEI, HAO)
    assert [each.seq for each in reported(room, 4)] == [2, 6]
    block(room, LIN, MEI)
    assert [each.seq for each in reported(room, 4, by=LIN)] == [1, 2, 3, 5, 6, 7]


def test_c27_a_newcomer_without_the_earlier_history_reports_nothing_of_it() -> None:
    room = room_of(3)
    room.set(earlier_for_newcomers=False)
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, YAN)
    room.send(HAO, after=3)
    room.send(HAO, after=4)
    assert [each.seq for each in reported(room, 4, by=YAN)] == [5]
    assert [each.seq for each in reported(room, 4, by=MEI)] == [1, 2, 3, 5]


@pytest.mark.parametrize("purged", [False, True], ids=["before the purge", "after it"])
def test_c27_expired_messages_are_left_out(purged: bool) -> None:
    room = room_of(3)
    room.set(retention_days=1)
    room.simulation.clock.advance(days=2)
    for number in (4, 5):
        room.send(HAO, after=number - 1)
    if purged:
        chat.handle_jobs(room.simulation.chat)
    assert [each.seq for each in reported(room)] == [5]


# Sizes and copies


def test_c27_a_long_message_beside_it_has_its_first_300_code_points() -> None:
    room = ModeratedLobby()
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # one visible character of 5 code points is not cut
    for number, text in enumerate(("长" * 300, "长" * 301, "长" * 298 + family, "看")):
        room.send(HAO, text, after=number)
    assert [each.text for each in reported(room, 4)] == ["长" * 300, "长" * 300, "长" * 298]


def test_c27_the_largest_report_is_far_below_the_limits_of_an_item_and_of_an_event() -> None:
    room = ModeratedLobby()
    with overridden(settings, max_message_length=2000):
        for number in range(7):
            room.send(HAO, "\U0001f426" * 2000, after=number)
        report(room)
    (event,) = content_reports(room.simulation, "chat")
    (record,) = stored_reports(room)
    assert len(json.dumps(event.detail(), ensure_ascii=False).encode()) < 20 * 1024
    assert len(record["surroundings"].encode()) < 9 * 1024


def test_c27_the_stream_deletes_the_surroundings_from_the_report_and_the_event_has_them() -> None:
    room = room_of(5)
    report(room)
    before = stored_reports(room)[0]
    assert "第 3 条" in before["surroundings"]
    handle_new_changes(room.simulation, "chat")
    (after,) = stored_reports(room)
    assert after == {name: value for name, value in before.items() if name != "surroundings"}
    events = published_events("chat", all_changes(room.simulation, "chat"))
    assert [len(event.data.surroundings) for event in events if isinstance(event, MessageReported)] == [4]
    handle_all_changes(room.simulation, "chat")
    assert stored_reports(room) == [after]


def test_c27_a_report_that_was_deleted_before_its_stream_record_does_not_come_back() -> None:
    room = room_of(5)
    report(room)
    (item,) = stored_reports(room)
    room.simulation.chat_table.delete(Key.of(item), when=None)
    handle_all_changes(room.simulation, "chat")
    assert stored_reports(room) == []


def test_c27_the_report_of_a_later_revision_has_what_is_around_it_then_and_loses_it_too() -> None:
    room = room_of(5)
    report(room)
    version = room.list_messages()[3].version
    chat.update_message(room.simulation.chat, HAO, room.circle_id, room.id, 4, change(version), "改")
    room.send(LIN, "后来的", after=5)
    assert [each.seq for each in reported(room)] == [1, 2, 3, 5, 6]
    handle_all_changes(room.simulation, "chat")
    assert [("surroundings" in item, item["revision"]) for item in stored_reports(room)] == [(False, 2)]


def test_c27_an_event_that_is_published_again_has_the_message_alone() -> None:
    room = room_of(5)
    report(room)
    handle_new_changes(room.simulation, "chat")
    (item,) = stored_reports(room)
    (pending,) = pending_events_of(item)
    event: Any = PUBLICATIONS["MessageReported"](item, pending)
    assert (event.data.evidence["text"], event.data.surroundings) == ("第 4 条", [])


def test_c27_a_repeated_report_stores_no_surroundings_again() -> None:
    room = room_of(5)
    report(room)
    handle_new_changes(room.simulation, "chat")
    report(room)
    assert len(content_reports(room.simulation, "chat")) == 1
    assert "surroundings" not in stored_reports(room)[0]
