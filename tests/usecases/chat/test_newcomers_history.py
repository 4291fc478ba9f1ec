"""H25: a room whose history is off for newcomers shows a member nothing from before they joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Message, MessageRequest
from services.chat.errors import MessageNotFound
from services.chat.repository.messages import load_message
from services.shared.kernel.errors import Invalid
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportInput
from simulation.setup.chat import HAO, LIN, MEI, set_chat_members
from simulation.setup.requests import change
from simulation.setup.rooms import ModeratedLobby as Circle
from simulation.streams import handle_new_changes
from simulation.users import caller
from tests.support.races import HookedTable

YAN = caller("yan")


def joined_later(circle: Circle) -> None:
    """Yan joins after 3 messages, of which the first is pinned; a fourth follows."""
    for number in range(3):
        circle.send(HAO, after=number)
    chat.pin_message(circle.simulation.chat, LIN, circle.circle_id, circle.id, 1)
    handle_new_changes(circle.simulation, "chat")
    circle.simulation.clock.advance(seconds=1)
    set_chat_members(circle.simulation, circle.circle_id, YAN)
    circle.send(HAO, after=3)


def test_h25_history_off_a_newcomer_reads_from_their_joining_on() -> None:
    circle = Circle()
    joined_later(circle)
    ports, at = circle.simulation.chat, (circle.circle_id, circle.id)
    circle.set(earlier_for_newcomers=False)
    places: list[dict[str, Any]] = [{"after_seq": 0}, {"after_seq": 2}, {"after_seq": None}, {"before_seq": 5}, {"around": 4}]
    for place in places:
        entries, has_more = chat.list_messages(ports, YAN, *at, place.get("after_seq"), 50, **without_after(place))
        assert ([entry.message.seq for entry in entries], entries[0].is_first, has_more) == ([4], True, False)
    assert chat.list_messages(ports, YAN, *at, None, 50, before_seq=4)[0] == []
    assert chat.list_pinned_messages(ports, YAN, *at).items == []
    attempts: list[Callable[[], Any]] = [
        lambda: chat.list_messages(ports, YAN, *at, None, 50, around=2),
        lambda: chat.report_message(ports, YAN, *at, 2, ReportInput("spam")),
    ]
    for attempt in attempts:
        with pytest.raises(MessageNotFound):
            attempt()
    own = circle.own_room(YAN)
    assert (own.last and own.last.seq, own.unread) == (4, 1)
    assert [message.seq for message in circle.list_messages(MEI)] == [1, 2, 3, 4]


def without_after(place: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in place.items() if name != "after_seq"}


def test_h25_history_off_the_chat_list_shows_a_newcomer_no_message_from_before() -> None:
    circle = Circle()
    circle.send(HAO)
    circle.simulation.clock.advance(seconds=1)
    set_chat_members(circle.simulation, circle.circle_id, YAN)
    circle.set(earlier_for_newcomers=False)
    assert (circle.own_room(YAN).last, circle.own_room(YAN).unread) == (None, 0)
    assert circle.own_room(MEI).last is not None
    circle.set(earlier_for_newcomers=True)
    assert circle.own_room(YAN).last is not None


def test_h25_history_off_a_moderator_pins_nothing_from_before_their_joining() -> None:
    circle = Circle()
    circle.send(HAO)
    circle.set(earlier_for_newcomers=False)
    circle.simulation.clock.advance(seconds=1)
    set_chat_members(circle.simulation, circle.circle_id, YAN, role="moderator")
    with pytest.raises(MessageNotFound):
        chat.pin_message(circle.simulation.chat, YAN, circle.circle_id, circle.id, 1)


def test_h25_history_off_a_newcomer_in_a_long_room_reads_few_items() -> None:
    circle = Circle()
    for number in range(120):
        circle.send(HAO, after=number)
    handle_new_changes(circle.simulation, "chat")
    circle.simulation.clock.advance(seconds=1)
    set_chat_members(circle.simulation, circle.circle_id, YAN)
    circle.set(earlier_for_newcomers=False)
    for number in range(120, 130):
        circle.send(HAO, after=number)
    handle_new_changes(circle.simulation, "chat")
    reads: list[str] = []

    def count(name: str, *_: Any, **__: Any) -> None:
        reads.append(name)

    table: Any = HookedTable(circle.simulation.chat_table, count)
    entries, _ = chat.list_messages(replace(circle.simulation.chat, table=table), YAN, circle.circle_id, circle.id, 0, 50)
    assert [entry.message.seq for entry in entries] == list(range(121, 131))
    assert len(reads) < 20


@pytest.mark.parametrize(("shows_earlier", "text"), [(True, "改过的"), (False, None)])
def test_h25_an_edit_is_pushed_without_its_text_where_newcomers_read_no_history(shows_earlier: bool, text: str | None) -> None:
    circle = Circle()
    joined_later(circle)
    circle.set(earlier_for_newcomers=shows_earlier)
    circle.subscribe(YAN, "of yan")
    at = (circle.circle_id, circle.id)
    version = load_message(circle.simulation.chat_table, *at, 2).entity.version
    chat.update_message(circle.simulation.chat, HAO, *at, 2, change(version), "改过的")
    handle_new_changes(circle.simulation, "chat")
    (frame,) = circle.simulation.sockets.pushes["of yan"]
    assert (frame["type"], frame["seq"], frame["text"]) == ("edited", 2, text)


def answer(circle: Circle, who: Caller, to: int) -> Message:
    circle.simulation.clock.advance(seconds=5)
    request = MessageRequest(f"answer-{who.user_id}-{to}", 0, "好的", reply_to=to)
    return chat.send_message(circle.simulation.chat, who, circle.circle_id, circle.id, request)[0]


def answered_by(circle: Circle, reader: Caller, seq: int) -> tuple[str, str]:
    entries, _ = chat.list_messages(circle.simulation.chat, reader, circle.circle_id, circle.id, None, 50)
    (answered,) = [entry.answered for entry in entries if entry.message.seq == seq]
    assert answered
    return str(answered.kind), answered.text


def test_h25_an_answer_shows_a_newcomer_no_message_from_before_their_joining() -> None:
    circle = Circle()
    joined_later(circle)
    circle.set(earlier_for_newcomers=False)
    seq = answer(circle, MEI, 2).seq
    assert answered_by(circle, MEI, seq)[0] == "text"
    assert answered_by(circle, YAN, seq) == ("void", "")
    with pytest.raises(Invalid):
        answer(circle, YAN, 2)


def test_h16_an_answer_shows_no_message_that_has_expired() -> None:
    circle = Circle()
    circle.send(HAO)
    circle.set(retention_days=2)
    circle.simulation.clock.advance(days=1)
    seq = answer(circle, MEI, 1).seq
    assert answered_by(circle, HAO, seq)[0] == "text"
    circle.simulation.clock.advance(days=1, hours=1)
    assert answered_by(circle, HAO, seq) == ("void", "")
    with pytest.raises(Invalid):
        answer(circle, HAO, 1)


def test_h16_what_has_expired_is_edited_reacted_to_pinned_and_reported_by_no_member() -> None:
    circle = Circle()
    circle.send(HAO)
    circle.set(retention_days=1)
    version = load_message(circle.simulation.chat_table, circle.circle_id, circle.id, 1).entity.version
    circle.simulation.clock.advance(days=1, seconds=1)
    ports, at = circle.simulation.chat, (circle.circle_id, circle.id, 1)
    attempts: list[Callable[[], Any]] = [
        lambda: chat.update_message(ports, HAO, *at, change(version), "改过的"),
        lambda: chat.add_reaction(ports, MEI, *at, "like"),
        lambda: chat.list_message_revisions(ports, LIN, *at, PageRequest(20)),
        lambda: chat.pin_message(ports, LIN, *at),
        lambda: chat.report_message(ports, MEI, *at, ReportInput("spam")),
    ]
    for attempt in attempts:
        with pytest.raises(MessageNotFound):
            attempt()


def test_h25_a_newcomer_reacts_to_no_message_from_before_their_joining() -> None:
    circle = Circle()
    joined_later(circle)
    circle.set(earlier_for_newcomers=False)
    at = (circle.simulation.chat, YAN, circle.circle_id, circle.id)
    with pytest.raises(MessageNotFound):
        chat.add_reaction(*at, 2, "like")
    chat.add_reaction(*at, 4, "like")
