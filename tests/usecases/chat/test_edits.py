"""H7: the sender edits a message; the new text passes the checks of a send, and the earlier texts are kept for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest, moderators_room_id
from services.chat.errors import CircleReadOnly, EditExpired, MessageConflict, MessageNotFound, RoleNotAllowed, RoomNotFound
from services.chat.repository.erasing import erase_user_items
from services.chat.repository.export_lines import get_export_page
from services.chat.repository.messages import load_message
from services.chat.repository.participants import participant_key
from services.shared.erasure.jobs import Erasure
from services.shared.exports.jobs import ExportJob
from services.shared.kernel.clock import rfc3339
from services.shared.kernel.errors import CallerMuted, NewcomerLimitExceeded, PreconditionFailed
from services.shared.kernel.ids import new_id
from simulation.setup.chat import HAO, LIN, MEI, set_chat_members, set_circle_state
from simulation.setup.requests import change
from simulation.streams import handle_changes, handle_new_changes, new_changes
from simulation.users import caller
from tests.support.blocking import block
from tests.usecases.chat.test_recall import edit, pushed, recall, revisions, stored_texts
from tests.usecases.chat.test_take_downs import SPAM, TEXT, history, lobby, restore, take_down


def test_h7_an_edit_shows_everywhere_and_keeps_number_time_and_pin() -> None:
    room = lobby()
    before = history(room, HAO)[1]
    room.simulation.clock.advance(seconds=10)
    edited = edit(room, "改过的")
    after = history(room, HAO)[1]
    assert (after.seq, after.sent_at, after.pinned, after.sender) == (2, before.sent_at, True, MEI.user_id)
    assert (after.text, after.revision, after.edited_at) == ("改过的", 2, room.simulation.clock.now)
    assert (edited.text, edited.etag) == (after.text, after.etag)
    assert TEXT not in str([history(room, HAO), chat.list_pinned_messages(room.simulation.chat, HAO, room.circle_id, room.id)])
    last = edit(room, "最后一条改过", 3, HAO)
    own = room.own_room(LIN)
    assert own.last and (own.last.seq, own.last.text, own.unread) == (3, last.text, 3)
    assert TEXT not in stored_texts(room)


def test_h7_an_edit_needs_the_etag_that_its_sender_read_and_a_repeat_returns_its_result() -> None:
    room = lobby()
    at = (room.simulation.chat, MEI, room.circle_id, room.id, 2)
    version = load_message(room.simulation.chat_table, room.circle_id, room.id, 2).entity.version
    request = change(version)
    first = chat.update_message(*at, request, "第二版").message
    assert chat.update_message(*at, request, "第二版").message == first, "a repeat returns its result"
    assert chat.update_message(*at, change(first.version), "第二版").message == first, "the same text changes nothing"
    with pytest.raises(PreconditionFailed):
        chat.update_message(*at, change(version, "another"), "第三版")
    assert [text for text, _, _ in revisions(room)] == [TEXT]


def test_h7_the_sender_alone_edits_and_within_24_hours() -> None:
    room = lobby()
    for by in (LIN, HAO):
        with pytest.raises(RoleNotAllowed):
            edit(room, "别人改的", by=by)
    with pytest.raises(RoomNotFound):
        moderators = moderators_room_id(room.circle_id)
        chat.update_message(room.simulation.chat, MEI, room.circle_id, moderators, 2, change(1), "改")
    room.simulation.clock.advance(seconds=timedelta(hours=23).total_seconds())
    edit(room, "还能改")
    room.simulation.clock.advance(seconds=timedelta(hours=2).total_seconds())
    with pytest.raises(EditExpired):
        edit(room, "太晚了")


def test_h7_an_edit_passes_the_checks_of_a_send() -> None:
    room = lobby()
    newcomer = caller("newcomer")
    set_chat_members(room.simulation, room.circle_id, newcomer, role="newcomer")
    seq = room.send(newcomer).seq
    for text in ("看 example.com", "@a @b @c"):
        with pytest.raises(NewcomerLimitExceeded):
            edit(room, text, seq, newcomer)
    table = room.simulation.chat_table
    table.update(participant_key(room.circle_id, MEI.user_id), set={"muted_until": 4_000_000_000_000}, when=None)
    with pytest.raises(CallerMuted):
        edit(room, "禁言中")
    table.update(participant_key(room.circle_id, MEI.user_id), set={"muted_until": 0}, when=None)
    set_circle_state(room.simulation, room.circle_id, "read_only")
    with pytest.raises(CircleReadOnly):
        edit(room, "只读")


def test_h7_a_retry_of_the_send_returns_the_edited_message_and_another_text_is_an_error() -> None:
    room = lobby()
    request = MessageRequest("message-9", 0, TEXT)
    at = (room.simulation.chat, MEI, room.circle_id, room.id)
    seq = chat.send_message(*at, request)[0].seq
    edit(room, "改过", seq)
    repeated, _ = chat.send_message(*at, request)
    assert (repeated.seq, repeated.text) == (seq, "改过")
    with pytest.raises(MessageConflict):
        chat.send_message(*at, MessageRequest("message-9", 0, "改过"))


def test_h7_sender_and_moderators_read_earlier_texts_and_other_members_do_not() -> None:
    room = lobby()
    for text in ("第二版", "第三版"):
        room.simulation.clock.advance(seconds=1)
        edit(room, text)
    expected = [("第二版", "edited", MEI.user_id), (TEXT, "edited", MEI.user_id)]
    assert (revisions(room, LIN), revisions(room, MEI)) == (expected, expected)
    with pytest.raises(RoleNotAllowed):
        revisions(room, HAO)
    with pytest.raises(MessageNotFound):
        revisions(room, LIN, seq=9)


def test_h7_what_is_down_is_edited_by_no_user_and_is_back_as_it_was() -> None:
    room = lobby()
    edit(room, "第二版")
    take_down(room)
    with pytest.raises(MessageNotFound):
        edit(room, "第三版")
    for reader in (LIN, MEI):
        with pytest.raises(MessageNotFound):
            revisions(room, reader)
    restore(room)
    assert (history(room, HAO)[1].text, len(revisions(room))) == ("第二版", 1)


def test_h7_open_screens_get_the_text_as_it_is_now_and_none_of_a_blocked_sender() -> None:
    room = lobby()
    block(room, LIN, MEI)
    pushed(room, "hao-1")
    room.subscribe(HAO, "hao-1")
    room.subscribe(LIN, "lin-1")
    edit(room, "第二版")
    edit(room, "第三版")
    handle_new_changes(room.simulation, "chat")
    frame = {"type": "edited", "room_id": room.id, "seq": 2, "revision": 3, "mentions": []}
    frame["edited_at"] = rfc3339(room.simulation.clock.now)
    assert room.simulation.sockets.pushes["hao-1"] == [{**frame, "text": "第三版"}] * 2
    assert room.simulation.sockets.pushes["lin-1"] == [{**frame, "text": None}] * 2


def test_h7_an_edit_changes_no_count_that_was_stored(relaxed_rate_limits: None) -> None:
    room = lobby()
    before = room.own_room(HAO).room.head.revision
    edit(room, "第二版")
    assert room.own_room(HAO).room.head.revision == before
    recall(room)
    assert room.own_room(HAO).room.head.revision == before + 1


def test_h7_records_in_the_wrong_order_leave_head_and_revisions_as_the_message_is() -> None:
    room = lobby()
    handle_new_changes(room.simulation, "chat")
    for text in ("第二版", "第三版"):
        edit(room, text, 3, HAO)
    for one in reversed(new_changes(room.simulation, "chat")):
        handle_changes("chat", room.simulation.chat, [one])
    last = room.own_room(LIN).last
    assert last and last.text == "第三版"
    assert [text for text, _, _ in revisions(room, LIN, 3)] == ["第二版", "不加"]


def test_r16_an_edited_message_can_be_reported_again() -> None:
    room = lobby()
    at = (room.circle_id, room.id, 2)
    for text in (TEXT, "第二版", "第二版"):
        edit(room, text)
        chat.report_message(room.simulation.chat, HAO, *at, SPAM)
    (evidence,) = [item["evidence"] for item in room.simulation.memory("chat").all_items() if "evidence" in item]
    assert evidence["text"] == "第二版"


def test_c26_own_edited_messages_are_exported_and_erased_with_their_earlier_texts() -> None:
    room = lobby()
    edit(room, "第二版")
    handle_new_changes(room.simulation, "chat")
    at = room.simulation.clock.now
    page = get_export_page(room.simulation.chat_table, ExportJob(new_id("exp"), room.circle_id, MEI.user_id, at, at, 1))
    (line,) = [line for line in page.lines if line["kind"] == "message"]
    assert (line["text"], line["changed_at"]) == ("第二版", int(at.timestamp() * 1000))
    erasure = Erasure(MEI.user_id, deletes_content=True, version=1)
    for _ in erase_user_items(room.simulation.chat_table, erasure):
        pass
    handle_new_changes(room.simulation, "chat")
    stored = str(room.simulation.memory("chat").all_items())
    assert "第二版" not in stored and TEXT not in stored
