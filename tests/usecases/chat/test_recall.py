"""H7: a message that its sender recalls, or a moderator removes, shows nowhere; moderators read its text in its revisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageKind, MessageRequest, moderators_room_id
from services.chat.errors import MessageNotFound, RecallExpired, RoleNotAllowed, RoomNotFound
from services.chat.repository.message_items import message_key
from services.chat.repository.messages import load_message
from services.chat.repository.participants import participant_key
from services.chat.schemas import MessageResponse
from services.shared.kernel.errors import CallerMuted
from services.shared.kernel.pages import PageRequest
from services.shared.security.audit import verify_chain
from services.shared.security.auth import Caller
from services.shared.table.versioned import update
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.setup.requests import change
from simulation.streams import all_changes, handle_changes, handle_new_changes, new_changes
from simulation.users import caller
from tests.usecases.chat.test_take_downs import PLACES, SPAM, TEXT, exported, history, lobby, restore, take_down

YAN = caller("yan")
REASON = "人身攻击。"
Erase = Callable[[Lobby, int], None]


def recall(room: Lobby, seq: int = 2, by: Caller = MEI) -> None:
    chat.recall_message(room.simulation.chat, by, room.circle_id, room.id, seq)


def remove(room: Lobby, seq: int = 2, by: Caller = LIN, reason: str = REASON) -> None:
    chat.remove_message(room.simulation.chat, by, room.circle_id, room.id, seq, reason)


def edit(room: Lobby, text: str, seq: int = 2, by: Caller = MEI) -> MessageResponse:
    stored = load_message(room.simulation.chat_table, room.circle_id, room.id, seq).entity
    at = (room.simulation.chat, by, room.circle_id, room.id, seq)
    entry = chat.update_message(*at, change(stored.version, text), text)
    return MessageResponse.of_entry(entry, chat.picture_addresses(room.simulation.chat))


def revisions(room: Lobby, by: Caller = LIN, seq: int = 2) -> list[Any]:
    handle_new_changes(room.simulation, "chat")
    page = chat.list_message_revisions(room.simulation.chat, by, room.circle_id, room.id, seq, PageRequest(20))
    return [(each.text, str(each.outcome), each.replaced_by) for each in page.items]


def pushed(room: Lobby, connection_id: str) -> list[Any]:
    handle_new_changes(room.simulation, "chat")
    return room.simulation.sockets.pushes.pop(connection_id, [])


def stored_texts(room: Lobby) -> str:
    """Return all that chat stores, without the revisions, which moderators alone read."""
    items = room.simulation.memory("chat").all_items()
    return str([item for item in items if not item["sk"].startswith("REVISION#")])


@pytest.mark.parametrize("erase", [recall, remove])
@pytest.mark.parametrize("by", [LIN, HAO, MEI], ids=["moderator", "member", "sender"])
@pytest.mark.parametrize("place", PLACES)
def test_h7_what_was_recalled_or_removed_shows_nowhere(place: str, by: Caller, erase: Erase) -> None:
    room, shown = lobby(), PLACES[place]
    seq = room.send(MEI, TEXT).seq if place == "chat list" else 2
    assert TEXT in str(shown(room, by))
    erase(room, seq)
    assert TEXT not in str(shown(room, by))
    handle_new_changes(room.simulation, "chat")
    assert TEXT not in str(shown(room, by))
    assert room.own_room(by).room.pins == (() if seq == 2 else (2,)), "the stream unpins it"


@pytest.mark.parametrize(("erase", "kind"), [(recall, MessageKind.RECALLED), (remove, MessageKind.REMOVED)])
def test_h7_a_tombstone_keeps_number_and_time_and_no_hash_of_the_text(erase: Erase, kind: MessageKind) -> None:
    room = lobby()
    edit(room, TEXT + "！")
    sent_at = history(room, HAO)[1].sent_at
    erase(room, 2)
    for by in (LIN, HAO):
        tombstone = history(room, by)[1]
        assert (tombstone.seq, tombstone.sent_at, tombstone.kind, tombstone.pinned) == (2, sent_at, kind, False)
        assert (tombstone.sender, tombstone.text, tombstone.client_msg_id) == (None, "", None)
        assert (tombstone.card, tombstone.removal_reason, tombstone.edited_at) == (None, None, None)
    own = history(room, MEI)[1]
    reason = REASON if kind is MessageKind.REMOVED else None
    assert (own.sender, own.text, own.kind, own.removal_reason) == (MEI.user_id, "", kind, reason)
    item = room.simulation.chat_table.get(message_key(room.circle_id, room.id, 2), consistent_read=True) or {}
    assert (item["text"], item["text_hash"], item["listing_id"], "requests" in item) == ("", "", "", False)
    handle_new_changes(room.simulation, "chat")
    assert TEXT not in stored_texts(room)
    assert exported(room, MEI) == [(2, "", str(kind))]


def test_h7_a_sender_recalls_within_2_minutes_also_while_muted_and_in_no_other_case() -> None:
    room = lobby()
    with pytest.raises(RoleNotAllowed):
        recall(room, by=HAO)
    with pytest.raises(MessageNotFound):
        recall(room, seq=9)
    with pytest.raises(RoomNotFound):
        chat.recall_message(room.simulation.chat, MEI, room.circle_id, moderators_room_id(room.circle_id), 2)
    room.simulation.clock.advance(seconds=119)
    recall(room)
    recall(room)
    with pytest.raises(MessageNotFound):
        recall(room, by=HAO)
    own = room.send(MEI)
    room.simulation.clock.advance(seconds=121)
    with pytest.raises(RecallExpired):
        recall(room, own.seq)
    recall(room)  # a repeat of what was in time


def test_h7_a_moderator_removes_at_any_time_what_lower_ranks_sent() -> None:
    room = lobby()
    set_chat_members(room.simulation, room.circle_id, YAN, role="owner")
    room.simulation.clock.advance(seconds=3600)
    of_lin, of_yan = room.send(LIN).seq, room.send(YAN).seq
    for seq, by in ((2, MEI), (2, HAO), (of_lin, LIN), (of_yan, LIN)):
        with pytest.raises(RoleNotAllowed):
            remove(room, seq, by)
    remove(room)
    remove(room, reason="另一个理由")
    remove(room, of_lin, YAN)
    assert history(room, MEI)[1].removal_reason == REASON, "the first reason stays"
    recall(room)
    assert history(room, MEI)[1].kind is MessageKind.REMOVED, "a recall after it changes nothing"
    muted = caller("muted")
    set_chat_members(room.simulation, room.circle_id, muted, role="moderator")
    room.simulation.clock.advance(seconds=1)
    membership = participant_key(room.circle_id, muted.user_id)
    room.simulation.chat_table.update(membership, set={"muted_until": 4_000_000_000_000}, when=None)
    with pytest.raises(CallerMuted):
        remove(room, 1, muted)


def test_h7_a_removal_has_an_audit_entry() -> None:
    room = lobby()
    remove(room)
    handle_new_changes(room.simulation, "chat")
    item = room.simulation.chat_table.get(message_key(room.circle_id, room.id, 2), consistent_read=True)
    assert item and verify_chain(room.simulation.chat_table, item).state == "intact"
    handle_changes("chat", room.simulation.chat, all_changes(room.simulation, "chat"))
    assert verify_chain(room.simulation.chat_table, item).state == "intact"


@pytest.mark.parametrize(("erase", "outcome", "by"), [(recall, "recalled", MEI), (remove, "removed", LIN)])
def test_h7_moderators_alone_read_what_it_was_and_for_30_days(erase: Erase, outcome: str, by: Caller) -> None:
    room = lobby()
    edit(room, "改过")
    erase(room, 2)
    expected = [("改过", outcome, by.user_id), (TEXT, "edited", MEI.user_id)]
    assert revisions(room) == expected
    handle_changes("chat", room.simulation.chat, all_changes(room.simulation, "chat"))
    assert revisions(room) == expected, "a repeat stores nothing more"
    for reader in (MEI, HAO):
        with pytest.raises(MessageNotFound):
            revisions(room, reader)
    room.simulation.clock.advance(seconds=timedelta(days=30).total_seconds())
    assert revisions(room) == []


def test_h7_unread_counts_and_the_last_message_leave_out_what_was_recalled() -> None:
    room = lobby()
    assert (room.count_unread(LIN), room.count_unread(HAO)) == (3, 1)
    recall(room)
    assert (room.count_unread(LIN), room.count_unread(HAO)) == (2, 0)
    recall(room, 3, HAO)
    last = room.own_room(LIN).last
    assert last and (last.seq, last.text) == (1, "在吗")


def test_h7_what_was_counted_before_the_recent_numbers_is_counted_anew(relaxed_rate_limits: None) -> None:
    room = lobby()
    for number in range(140):
        room.send(HAO, "刷屏", after=number)
    assert room.count_unread(HAO) == 1
    room.simulation.clock.advance(seconds=-120)
    recall(room)
    assert room.count_unread(HAO) == 0


def test_h7_a_retry_of_the_send_returns_the_tombstone_for_any_text() -> None:
    room = lobby()
    request = MessageRequest("message-9", 0, TEXT)
    send = partial(chat.send_message, room.simulation.chat, MEI, room.circle_id, room.id)
    seq = send(request)[0].seq
    recall(room, seq)
    room.simulation.clock.advance(seconds=1)
    for text in (TEXT, "猜的"):
        message, card = send(MessageRequest("message-9", 0, text))
        assert (message.seq, message.kind, message.text, card) == (seq, MessageKind.RECALLED, "", None)


def test_h7_it_cannot_be_edited_pinned_or_reported() -> None:
    room = lobby()
    recall(room)
    at = (room.circle_id, room.id, 2)
    for act in (
        lambda: edit(room, "改"),
        lambda: chat.pin_message(room.simulation.chat, LIN, *at),
        lambda: chat.report_message(room.simulation.chat, HAO, *at, SPAM),
        lambda: remove(room),
    ):
        with pytest.raises(MessageNotFound):
            act()


def test_h7_the_evidence_of_a_report_stays() -> None:
    room = lobby()
    chat.report_message(room.simulation.chat, HAO, room.circle_id, room.id, 2, SPAM)
    recall(room)
    evidence = [item["evidence"] for item in room.simulation.memory("chat").all_items() if "evidence" in item]
    assert [each["text"] for each in evidence] == [TEXT]


ENDS: tuple[Callable[[Lobby], None], ...] = (take_down, recall, restore)


@pytest.mark.parametrize("order", [*permutations(ENDS)])
def test_h7_a_recall_and_take_downs_leave_a_recalled_message_in_any_order(order: tuple[Callable[[Lobby], None], ...]) -> None:
    room = lobby()
    for act in order:
        act(room)
    own, other = history(room, MEI)[1], history(room, HAO)[1]
    assert {own.kind, other.kind} == {MessageKind.RECALLED}
    assert (own.text, other.text) == ("", "")
    assert exported(room, MEI) == [(2, "", "recalled")]
    assert room.count_unread(LIN) == 2


def test_h7_a_removal_and_a_take_down_show_as_taken_down_until_that_ends() -> None:
    room = lobby()
    remove(room)
    take_down(room)
    assert history(room, HAO)[1].kind is MessageKind.TAKEN_DOWN
    with pytest.raises(MessageNotFound):
        revisions(room)
    restore(room)
    assert (history(room, HAO)[1].kind, history(room, MEI)[1].text) == (MessageKind.REMOVED, "")


@pytest.mark.parametrize(("erase", "kind"), [(recall, "recalled"), (remove, "removed")])
def test_h7_open_screens_drop_it_and_a_repeated_record_shows_no_text(erase: Erase, kind: str) -> None:
    room = lobby()
    pushed(room, "hao-1")
    room.subscribe(HAO, "hao-1")
    edit(room, "改过")
    erase(room, 2)
    frames = pushed(room, "hao-1")
    tombstone = {"type": kind, "room_id": room.id, "seq": 2, "revision": 3}
    assert frames == [tombstone, tombstone], "the record of the edit finds the message as it is now"
    handle_changes("chat", room.simulation.chat, all_changes(room.simulation, "chat"))
    assert all(frame == tombstone for frame in room.simulation.sockets.pushes["hao-1"])


def test_h7_a_late_record_of_a_deleted_message_leaves_no_earlier_text() -> None:
    room = lobby()
    edit(room, "改过")
    late = [one for one in new_changes(room.simulation, "chat") if one.key.sk.startswith("MSG#")]
    room.simulation.chat_table.delete(message_key(room.circle_id, room.id, 2), when=None)
    handle_changes("chat", room.simulation.chat, late)
    assert not [item for item in room.simulation.memory("chat").all_items() if item["sk"].startswith("REVISION#")]


def test_h7_an_edit_that_loaded_the_message_before_fails() -> None:
    room = lobby()
    ports, load = room.simulation.chat, partial(load_message, room.simulation.chat_table, room.circle_id, room.id, 2)

    def change_late(message: Any) -> Any:
        if message.has_content:
            recall(room)
        return message.edit(MEI.user_id, "改", (), at=ports.clock())

    with pytest.raises(MessageNotFound):
        update(ports, load, change_late)
    assert history(room, HAO)[1].kind is MessageKind.RECALLED
