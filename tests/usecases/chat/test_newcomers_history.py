"""H25: a room whose history is off for newcomers shows a member nothing from before they joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.errors import MessageNotFound
from services.chat.repository.messages import load_message
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
