"""H6: a reply names a message by its number; readers get what that message is now, and its sender is notified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import MessageConflict
from services.chat.repository.message_items import message_key
from services.chat.schemas import MessageResponse
from services.shared.kernel.errors import Invalid
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.streams import all_changes, handle_changes, handle_new_changes
from simulation.users import caller
from tests.support.blocking import block
from tests.usecases.chat.test_recall import edit, recall, remove
from tests.usecases.chat.test_take_downs import TEXT, history, lobby, restore, take_down

YAN = caller("yan")


def reply(room: Lobby, by: Caller = HAO, to: int = 2, mentions: tuple[str, ...] = (), msg_id: str = "") -> int:
    """Answer Mei's message, and return the number of the reply."""
    room.count += 1
    room.simulation.clock.advance(seconds=1)
    request = MessageRequest(msg_id or f"message-{room.count}", 0, "好的", mentions=mentions, reply_to=to)
    return chat.send_message(room.simulation.chat, by, room.circle_id, room.id, request)[0].seq


def answered(room: Lobby, by: Caller = HAO, **place: Any) -> tuple[str, str | None, str]:
    """Return what the last message of a page answers, as a user sees it."""
    found = history(room, by, **place)[-1].answered
    assert found and found.seq == 2
    return str(found.kind), found.sender, found.text


def notified(room: Lobby, user: Caller) -> list[tuple[str, str]]:
    handle_new_changes(room.simulation, "chat")
    page = chat.list_notifications(room.simulation.chat, user, PageRequest(20)).items
    kinds = ("mention", "message_reply")
    return [(str(view.notification.kind), view.notification.subject.id) for view in page if view.notification.kind in kinds]


def _void(room: Lobby) -> None:
    room.simulation.chat_table.delete(message_key(room.circle_id, room.id, 2), when=None)


def test_h6_a_reply_shows_what_it_answers_by_number_and_as_it_is_now() -> None:
    room = lobby()
    seq = reply(room)
    assert (room.list_messages(LIN)[-1].reply_to, answered(room)) == (2, ("text", MEI.user_id, TEXT))
    edit(room, "改过的")
    assert answered(room) == ("text", MEI.user_id, "改过的")
    assert answered(room, after=seq - 1) == ("text", MEI.user_id, "改过的"), "a page without it reads it"
    stored = room.simulation.chat_table.get(message_key(room.circle_id, room.id, seq)) or {}
    assert (stored["reply_to"], TEXT in str(stored)) == (2, False)


@pytest.mark.parametrize("after", [0, 3], ids=["in the page", "not in the page"])
@pytest.mark.parametrize(
    ("end", "kind"),
    [(recall, "recalled"), (remove, "removed"), (take_down, "taken_down"), (lambda room: block(room, HAO, MEI), "hidden")],
)
def test_h6_a_reply_to_what_is_not_shown_has_a_tombstone(end: Callable[[Lobby], Any], kind: str, after: int) -> None:
    room = lobby()
    reply(room)
    end(room)
    assert answered(room, after=after) == (kind, None, "")
    if kind == "taken_down":
        assert answered(room, MEI, after=after) == (kind, MEI.user_id, TEXT)
        restore(room)
        assert answered(room, after=after) == ("text", MEI.user_id, TEXT)


def test_h6_a_reply_to_what_was_purged_has_a_void_and_one_that_is_recalled_says_nothing() -> None:
    room = lobby()
    seq = reply(room)
    _void(room)
    assert answered(room, after=3) == ("void", None, "")
    recall(room, seq, HAO)
    assert (history(room, HAO, after=3)[-1].reply_to, history(room, HAO, after=3)[-1].answered) == (None, None)


@pytest.mark.parametrize("end", [recall, remove, take_down, _void, lambda room: block(room, HAO, MEI)], ids=range(5))
def test_h6_only_a_message_that_its_sender_sees_is_answered_and_a_retry_finds_the_reply(end: Callable[[Lobby], Any]) -> None:
    room = lobby()
    seq = reply(room, msg_id="message-90")
    room.send(HAO, "之后的消息")
    end(room)
    with pytest.raises(Invalid) as error:
        reply(room)
    assert [field.at for field in error.value.fields] == ["/reply_to"]
    assert reply(room, msg_id="message-90") == seq
    with pytest.raises(Invalid):
        reply(room, to=99)
    with pytest.raises(MessageConflict):
        reply(room, to=1, msg_id="message-90")


def test_h6_the_sender_who_is_answered_is_notified_once_and_of_no_own_reply() -> None:
    room = lobby()
    seq = reply(room, mentions=(MEI.user_id, LIN.user_id))
    subject = f"{room.id}/{seq}"
    assert (notified(room, MEI), notified(room, LIN)) == ([("message_reply", subject)], [("mention", subject)])
    reply(room, MEI)
    handle_changes("chat", room.simulation.chat, all_changes(room.simulation, "chat"))
    assert notified(room, MEI) == [("message_reply", subject)]
    recall(room, seq, HAO)
    assert (notified(room, MEI), notified(room, LIN)) == ([], [])


def test_h6_who_left_or_blocked_the_sender_is_not_notified() -> None:
    room = lobby()
    block(room, MEI, HAO)
    reply(room)
    assert notified(room, MEI) == []
    block(room, MEI)
    assert notified(room, MEI) == []
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, MEI, state="left")
    reply(room, LIN)
    assert [item for item in room.simulation.memory("chat").all_items() if "message_reply" in item["sk"]] == []


def test_h6_pins_and_an_edit_of_a_reply_have_what_it_answers() -> None:
    room = lobby()
    seq = reply(room)
    chat.pin_message(room.simulation.chat, LIN, room.circle_id, room.id, seq)
    (pinned, _) = chat.list_pinned_messages(room.simulation.chat, LIN, room.circle_id, room.id).items
    assert (
        MessageResponse.of_entry(pinned, chat.picture_addresses(room.simulation.chat)).answered
        == history(room, LIN)[-1].answered
    )
    assert edit(room, "改了", seq, HAO).answered == history(room, HAO)[-1].answered
