"""A4: a message that the platform took down is a tombstone in the history and shows nowhere else; it is back when that ends."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageKind, MessageRequest
from services.chat.errors import MessageNotFound
from services.chat.repository.export_lines import get_export_page
from services.chat.repository.message_items import message_key
from services.chat.schemas import MessageResponse
from services.shared.exports.jobs import ExportJob
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.items import Item
from services.shared.table.reports import ReportInput
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.setup.events import CASE, take_down_changed
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, handle_changes, handle_new_changes, new_changes

SPAM, TEXT = ReportInput("spam"), "加我看更多"


def lobby() -> Lobby:
    """A lobby in which Lin is a moderator; Mei's message has the number 2 of 3, and is pinned."""
    room = Lobby()
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, LIN, role="moderator")
    room.send(HAO, "在吗")
    room.send(MEI, TEXT)
    room.send(HAO, "不加")
    chat.pin_message(room.simulation.chat, LIN, room.circle_id, room.id, 2)
    return room


def take_down(room: Lobby, seq: int = 2, **how: Any) -> None:
    room.simulation.clock.advance(seconds=1)
    event = take_down_changed(room.simulation, "chat", "message", f"{room.id}/{seq}", room.circle_id, **how)
    deliver(room.simulation, "chat", event)


def restore(room: Lobby, seq: int = 2, **how: Any) -> None:
    take_down(room, seq, is_active=False, **how)


def history(room: Lobby, by: Caller, **place: Any) -> list[MessageResponse]:
    entries, _ = chat.list_messages(room.simulation.chat, by, room.circle_id, room.id, place.pop("after", 0), 50, **place)
    return [MessageResponse.of_entry(entry, chat.picture_addresses(room.simulation.chat)) for entry in entries]


def _around(room: Lobby, by: Caller) -> Any:
    entries, _ = chat.list_messages(room.simulation.chat, by, room.circle_id, room.id, None, 3, around=2)
    return [MessageResponse.of_entry(entry, chat.picture_addresses(room.simulation.chat)) for entry in entries]


def _items(simulation: Simulation) -> list[Item]:
    """Return all items of chat without the notification of the author, who is notified of each case."""
    return [item for item in simulation.memory("chat").all_items() if not item["pk"].startswith("SUBJECT#")]


def _pins(room: Lobby, by: Caller) -> Any:
    return chat.list_pinned_messages(room.simulation.chat, by, room.circle_id, room.id).items


# Where a message shows to other members than its author. Its text is in each of them before, and in none while it is down.
PLACES: dict[str, Callable[[Lobby, Caller], Any]] = {
    "history": history,
    "newest page": lambda room, by: history(room, by, after=None),
    "around": _around,
    "chat list": lambda room, by: room.own_room(by).last,
    "pins": _pins,
}


def exported(room: Lobby, by: Caller) -> list[tuple[Any, ...]]:
    at = room.simulation.clock.now
    page = get_export_page(room.simulation.chat_table, ExportJob(new_id("exp"), room.circle_id, by.user_id, at, at, 1))
    return [(line["seq"], line["text"], line.get("state")) for line in page.lines if line["kind"] == "message"]


@pytest.mark.parametrize("by", [LIN, HAO], ids=["moderator", "member"])
@pytest.mark.parametrize("place", PLACES)
def test_a4_a_message_that_is_down_shows_nowhere_and_is_back(place: str, by: Caller) -> None:
    room, shown = lobby(), PLACES[place]
    seq = room.send(MEI, TEXT).seq if place == "chat list" else 2
    before = shown(room, by)
    assert TEXT in str(before)
    take_down(room, seq)
    assert TEXT not in str(shown(room, by))
    restore(room, seq)
    if place in ("history", "newest page", "around"):
        kept = {"pinned", "etag"}  # a pin does not come back; and the ETag is a later one
        assert [message.model_dump(exclude=kept) for message in shown(room, by)] == [
            message.model_dump(exclude=kept) for message in before
        ]
        assert not any(message.pinned for message in shown(room, by))
    else:
        assert shown(room, by) == ([] if place == "pins" else before)


def test_a4_a_tombstone_has_number_and_time_and_its_author_reads_text_and_rule() -> None:
    room = lobby()
    sent_at = history(room, HAO)[1].sent_at
    take_down(room, violation="spam")
    for by in (LIN, HAO):
        tombstone = history(room, by)[1]
        assert (tombstone.seq, tombstone.sent_at, tombstone.kind) == (2, sent_at, MessageKind.TAKEN_DOWN)
        assert (tombstone.sender, tombstone.text, tombstone.client_msg_id) == (None, "", None)
        assert (tombstone.pinned, tombstone.violation, tombstone.card) == (False, None, None)
        assert [message.seq for message in history(room, by)] == [1, 2, 3], "no number is missing"
    own = history(room, MEI)[1]
    assert (own.kind, own.sender, own.text, own.pinned) == (MessageKind.TAKEN_DOWN, MEI.user_id, TEXT, False)
    assert own.violation and (own.violation.code, own.violation.en) == (Violation.SPAM, "Spam or misleading advertising")
    assert exported(room, MEI) == [(2, TEXT, "taken_down")]
    restore(room)
    assert history(room, MEI)[1].violation is None
    assert exported(room, MEI) == [(2, TEXT, None)]


def test_a4_a_message_that_is_down_is_neither_reported_nor_pinned_and_a_retry_returns_it_to_its_sender() -> None:
    room = lobby()
    request = MessageRequest("message-9", 0, TEXT)
    seq = chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, request)[0].seq
    take_down(room, seq)
    at = (room.circle_id, room.id, seq)
    with pytest.raises(MessageNotFound):
        chat.report_message(room.simulation.chat, HAO, *at, SPAM)
    with pytest.raises(MessageNotFound):
        chat.pin_message(room.simulation.chat, LIN, *at)
    repeated, _ = chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, request)
    assert (repeated.seq, repeated.kind, repeated.text) == (seq, MessageKind.TAKEN_DOWN, TEXT)
    restore(room, seq)
    chat.pin_message(room.simulation.chat, LIN, *at)


def test_a4_unread_counts_and_the_last_message_leave_out_what_is_down() -> None:
    room = lobby()
    assert (room.count_unread(LIN), room.count_unread(HAO)) == (3, 1)
    take_down(room)
    assert (room.count_unread(LIN), room.count_unread(HAO), room.count_unread(MEI)) == (2, 0, 2)
    take_down(room, 3)
    last = room.own_room(LIN).last
    assert last and (last.seq, last.text) == (1, "在吗")
    take_down(room, 1)
    assert (room.own_room(LIN).last, room.count_unread(LIN)) == (None, 0)
    for seq, shown in ((2, 2), (1, 2), (3, 3)):
        restore(room, seq)
        last = room.own_room(LIN).last
        assert last and last.seq == shown
    assert (room.count_unread(LIN), room.count_unread(HAO)) == (3, 1)


def test_a4_what_was_counted_before_the_recent_numbers_is_counted_anew(relaxed_rate_limits: None) -> None:
    """Hao sends so many messages and reads none that the head does not reach back: the count is stored with the marker."""
    room = lobby()
    for number in range(140):
        room.send(HAO, "刷屏", after=number)
    assert room.count_unread(HAO) == 1
    take_down(room)
    assert room.count_unread(HAO) == 0
    restore(room)
    assert room.count_unread(HAO) == 1


@pytest.mark.parametrize("order", [*permutations((1, 2, 3)), (2, 1, 1, 3, 2)])
def test_a4_events_of_a_case_give_one_state_repeated_late_and_in_any_order(order: tuple[int, ...]) -> None:
    room = lobby()
    for version in order:
        take_down(room, is_active=version != 2, version=version, violation="spam" if version < 3 else "fraud")
    item = room.simulation.chat_table.get(message_key(room.circle_id, room.id, 2), consistent_read=True)
    assert item and item["take_downs"] == {CASE: [3, True, "fraud"]}
    assert history(room, HAO)[1].kind is MessageKind.TAKEN_DOWN
    assert room.count_unread(LIN) == 2


def test_a4_a_message_is_down_while_one_of_its_cases_takes_it_down() -> None:
    room, cases = lobby(), [new_id("cas") for _ in range(3)]
    for case_id in cases:
        take_down(room, case_id=case_id)
    for case_id in cases:
        assert history(room, HAO)[1].text == ""
        restore(room, case_id=case_id)
    assert history(room, HAO)[1].text == TEXT


def test_a4_records_of_a_message_in_the_wrong_order_leave_the_head_as_the_message_is() -> None:
    for is_down in (True, False):
        room = lobby()
        handle_new_changes(room.simulation, "chat")
        take_down(room, 3)
        restore(room, 3)
        if is_down:
            take_down(room, 3)
        for one in reversed(new_changes(room.simulation, "chat")):
            handle_changes("chat", room.simulation.chat, [one])
        last = room.own_room(LIN).last
        assert last and last.seq == (2 if is_down else 3)
        handle_changes("chat", room.simulation.chat, all_changes(room.simulation, "chat"))
        assert room.own_room(LIN).last == last


def test_a4_open_screens_drop_the_message_at_once_and_show_it_again() -> None:
    room = lobby()
    room.subscribe(HAO, "hao-1")
    room.simulation.sockets.pushes.clear()
    for act, frame in ((take_down, "taken_down"), (restore, "restored")):
        act(room)
        (pushed,) = room.simulation.sockets.pushes.pop("hao-1")
        assert pushed == {"type": frame, "room_id": room.id, "seq": 2}
    room.send(HAO, "还在")
    assert len(room.simulation.sockets.pushes["hao-1"]) == 1


def test_a4_the_evidence_of_a_report_stays() -> None:
    room = lobby()
    chat.report_message(room.simulation.chat, HAO, room.circle_id, room.id, 2, SPAM)
    take_down(room)
    evidence = [item["evidence"] for item in room.simulation.memory("chat").all_items() if "evidence" in item]
    assert [each["text"] for each in evidence] == [TEXT]


@pytest.mark.parametrize(("service", "kind"), [("circles", "message"), ("commerce", "message"), ("chat", "later")])
def test_a4_cases_of_other_services_and_kinds_change_nothing(service: str, kind: str) -> None:
    room = lobby()
    before = _items(room.simulation)
    deliver(room.simulation, "chat", take_down_changed(room.simulation, service, kind, f"{room.id}/2", room.circle_id))
    assert _items(room.simulation) == before


def test_a4_an_event_of_a_message_that_is_deleted_with_its_circle_creates_nothing() -> None:
    simulation = Simulation()
    deliver(simulation, "chat", take_down_changed(simulation, "chat", "message", f"{new_id('rom')}/7", new_id("cir")))
    assert _items(simulation) == []
    assert chat.list_own_rooms(simulation.chat, MEI, PageRequest(5)).items == []
