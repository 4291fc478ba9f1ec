"""C17, H16: highlights stay when the retention of their room deletes the messages around them, until they are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import MessageNotFound
from services.chat.repository.export_lines import get_export_page
from services.chat.repository.message_items import message_partition
from services.chat.repository.message_revisions import REVISION
from services.chat.repository.messages import find_message
from services.chat.repository.rooms import get_room
from services.chat.schemas import MessageResponse
from services.chat.usecases import highlights as highlighting
from services.shared.exports.jobs import ExportJob
from services.shared.kernel.errors import Invalid
from services.shared.kernel.ids import new_id
from services.shared.security.audit import verify_chain
from services.shared.table.purging import ENDED, iter_items
from services.shared.table.reports import ReportInput
from simulation.setup.chat import HAO, LIN, MEI, set_chat_members
from simulation.setup.requests import change
from simulation.streams import handle_new_changes
from simulation.users import caller
from tests.support.highlights import entries, highlight, highlights, listed, take_down, unhighlight
from tests.support.races import HookedTable
from tests.usecases.chat.test_message_pictures import send, uploaded
from tests.usecases.chat.test_picture_files import reachable
from tests.usecases.chat.test_retention import RetainedLobby


def lobby(*, new: int = 2) -> RetainedLobby:
    """A lobby with a retention of 7 days. 1, 2 and 3 are 8 days old, of which 2 is a highlight; 4 and 5 are of today."""
    return RetainedLobby(new=new, highlighted=[2])


def purged(*, new: int = 2) -> RetainedLobby:
    room = lobby(new=new)
    room.purge()
    return room


def test_h16_a_highlight_is_read_after_a_purge_and_the_history_is_without_it() -> None:
    room = lobby()
    for _ in range(2):
        (entry,) = entries(room)
        assert (entry.message.seq, entry.message.text) == (2, "在吗")
        assert (room.seqs(), room.seqs(after_seq=0), room.seqs(after_seq=1), room.seqs(after_seq=2)) == ([4, 5],) * 4
        own = room.own_room(MEI)
        assert (own.unread, own.last and own.last.seq) == (2, 5)
        room.purge()
    assert room.stored() == [2, 4, 5]


def test_h16_a_highlight_that_is_taken_out_goes_with_the_next_purge() -> None:
    room = purged()
    unhighlight(room, 2)
    assert (highlights(room), listed(room), room.stored()) == ([], [], [2, 4, 5])
    with pytest.raises(MessageNotFound):
        highlight(room, 2)
    room.purge()
    assert room.stored() == [4, 5]
    unhighlight(room, 2)


def test_h16_what_a_purge_left_goes_also_in_a_room_without_a_retention_now() -> None:
    for is_removed in (True, False):
        room = purged()
        room.set(retention_days=0)
        room.purge()
        assert (room.stored(), highlights(room)) == ([2, 4, 5], [2])
        if is_removed:
            chat.remove_message(room.simulation.chat, LIN, room.circle_id, room.id, 2, "人身攻击。")
        else:
            unhighlight(room, 2)
        assert (highlights(room), listed(room)) == ([], [])
        room.purge()
        assert room.stored() == [4, 5]


def test_h16_an_expired_highlight_is_not_the_last_message_of_a_room_without_a_retention_now() -> None:
    room = purged(new=0)
    room.set(retention_days=0)
    own = room.own_room(MEI)
    assert (own.last, own.unread, own.mentioned, own.last_seq) == (None, 0, False, 3)
    assert (room.seqs(after_seq=0), highlights(room)) == ([], [2])


def test_h16_the_earlier_texts_of_a_highlight_expire_as_others() -> None:
    room = lobby()
    stored = find_message(room.simulation.chat_table, room.circle_id, room.id, 5)
    assert stored
    chat.update_message(room.simulation.chat, HAO, room.circle_id, room.id, 5, change(stored.version), "六点集合")
    highlight(room, 5)
    handle_new_changes(room.simulation, "chat")
    room.pass_days(7.1)
    room.purge()
    assert [entry.message.text for entry in entries(room)] == ["六点集合", "在吗"]
    items = iter_items(room.simulation.chat_table, message_partition(room.circle_id, room.id))
    assert not [item for item in items if item["sk"].startswith(REVISION)]


def test_h16_the_pictures_of_a_highlight_stay_after_a_purge() -> None:
    room = lobby()
    kept, deleted = (send(room, *uploaded(room), after=5) for _ in range(2))
    highlight(room, kept.seq)
    handle_new_changes(room.simulation, "chat")
    assert len(reachable(room)) == 4
    room.pass_days(8)
    room.purge()
    entry = entries(room)[0]
    response = MessageResponse.of_entry(entry, chat.picture_addresses(room.simulation.chat))
    assert (response.seq, response.highlighted, len(response.pictures)) == (kept.seq, True, 1)
    assert len(reachable(room)) == 2 and all(kept.pictures[0].id in name for name in reachable(room))
    assert find_message(room.simulation.chat_table, room.circle_id, room.id, deleted.seq) is None


def test_a4_a_highlight_that_is_down_stays_through_a_purge_and_is_back_with_an_appeal() -> None:
    room = lobby()
    take_down(room, 2)
    room.purge()
    assert (room.stored(), highlights(room)) == ([2, 4, 5], [])
    take_down(room, 2, is_active=False)
    assert highlights(room) == [2]


def test_h25_a_newcomer_reads_no_expired_highlight_from_before_their_joining_where_the_history_is_off() -> None:
    room, yan = purged(), caller("yan")
    room.set(earlier_for_newcomers=False)
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, yan)
    assert (highlights(room, yan), highlights(room)) == ([], [2])
    with pytest.raises(MessageNotFound):
        chat.report_message(room.simulation.chat, yan, room.circle_id, room.id, 2, ReportInput("spam"))


def test_h16_what_has_expired_cannot_be_highlighted_before_and_after_the_purge() -> None:
    room = lobby()
    for _ in range(2):
        for seq in (1, 3):
            with pytest.raises(MessageNotFound):
                highlight(room, seq)
        highlight(room, 2)
        room.purge()
    assert (highlights(room), listed(room)) == ([2], [2])


def test_c17_an_expired_highlight_is_reported_and_removed_and_gets_no_pin_reaction_or_reply() -> None:
    room = purged()
    ports, at = room.simulation.chat, (room.circle_id, room.id)
    with pytest.raises(MessageNotFound):
        chat.pin_message(ports, LIN, *at, 2)
    with pytest.raises(MessageNotFound):
        chat.add_reaction(ports, MEI, *at, 2, "like")
    with pytest.raises(MessageNotFound):
        chat.list_messages(ports, MEI, *at, None, 20, around=2)
    with pytest.raises(Invalid):
        chat.send_message(ports, MEI, *at, MessageRequest("reply-0001", 5, "好的", reply_to=2))
    chat.report_message(ports, MEI, *at, 2, ReportInput("spam"))
    chat.remove_message(ports, LIN, *at, 2, "广告。")
    assert highlights(room) == []


def test_h16_a_purge_deletes_no_message_that_became_a_highlight_since_it_was_read() -> None:
    """The moderator read the room before the message expired; the purge has read the message, and not deleted it yet."""
    room = lobby()
    early = get_room(room.simulation.chat_table, room.circle_id, room.id)
    highlighted = list[bool]()

    def highlight_first(name: str, *given: Any, **_: Any) -> None:
        if name == "delete" and given[0].sk.startswith("MSG#") and not highlighted:
            highlighted.append(True)
            now = room.simulation.clock.now
            highlighting._change(room.simulation.chat, LIN, early, 1, lambda message: message.highlight(now))

    table: Any = HookedTable(room.simulation.chat_table, highlight_first)
    room.simulation.clock.advance(seconds=3600)
    chat.handle_jobs(replace(room.simulation.chat, table=table))
    assert (highlighted, room.stored(), highlights(room)) == ([True], [1, 2, 4, 5], [2, 1])


def test_h16_a_purge_makes_no_delete_of_a_highlight() -> None:
    """Its condition would fail, at the price of a write unit, in each purge again."""
    room, deleted = lobby(), list[str]()

    def record(name: str, *given: Any, **_: Any) -> None:
        if name == "delete" and given[0].sk.startswith("MSG#"):
            deleted.append(given[0].sk)

    room.simulation.clock.advance(seconds=3600)
    chat.handle_jobs(replace(room.simulation.chat, table=HookedTable(room.simulation.chat_table, record)))
    assert (len(deleted), room.stored()) == (2, [2, 4, 5])


def test_h16_a_message_that_a_purge_has_deleted_becomes_no_highlight() -> None:
    """The moderator has read message and room before they expired; then the purge runs."""
    room, is_purged = lobby(), list[bool]()
    early = get_room(room.simulation.chat_table, room.circle_id, room.id)

    def purge_first(name: str, *_: Any, **__: Any) -> None:
        if name == "transact" and not is_purged:
            is_purged.append(True)
            room.purge()

    ports = replace(room.simulation.chat, table=HookedTable(room.simulation.chat_table, purge_first))
    now = room.simulation.clock.now
    with pytest.raises(MessageNotFound):
        highlighting._change(ports, LIN, early, 1, lambda message: message.highlight(now))
    assert (is_purged, room.stored(), listed(room)) == ([True], [2, 4, 5], [2])


def test_a6_an_export_has_own_highlights_after_a_purge_and_those_of_no_other_member() -> None:
    room = purged()
    now = room.simulation.clock.now + timedelta(seconds=1)
    for retention_days in (7, 0):
        room.set(retention_days=retention_days)
        for user, expected in ((HAO, [2, 4, 5]), (LIN, [])):
            job = ExportJob(new_id("exp"), room.circle_id, user.user_id, now, now, 1)
            lines = [line for line in get_export_page(room.simulation.chat_table, job).lines if line["kind"] == "message"]
            assert [line["seq"] for line in lines] == expected
            assert [line["seq"] for line in lines if "highlighted_at" in line] == expected[:1]


def test_r12_a_removed_message_that_a_purge_deletes_leaves_the_end_of_its_audit_chain() -> None:
    room = lobby()
    room.simulation.clock.advance(seconds=1)
    chat.remove_message(room.simulation.chat, LIN, room.circle_id, room.id, 1, "广告")
    handle_new_changes(room.simulation, "chat")
    room.purge()
    assert room.stored() == [2, 4, 5]
    (end,) = [item for item in room.simulation.memory("chat").all_items() if item["pk"].startswith(ENDED)]
    assert end["pk"] == f"{ENDED}{message_partition(room.circle_id, room.id)}|MSG#{1:012}"
    assert verify_chain(room.simulation.chat_table, end).state == "intact"
