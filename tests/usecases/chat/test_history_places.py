"""History from its end, before a number and around a message: the pages that reading forwards gives, cut elsewhere."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageKind
from services.chat.errors import MessageNotFound
from services.chat.usecases import history
from services.shared.security.auth import Caller
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.streams import all_changes, handle_changes, handle_new_changes
from simulation.users import caller
from tests.support.crashing_sends import crash_between_writes
from tests.support.races import HookedTable

YAN = caller("yan")


def page(room: Lobby, limit: int, reader: Caller = LIN, **place: int | None) -> tuple[list[int], bool]:
    """Return the numbers of a page, and whether more can be read after it."""
    after = place.pop("after_seq", None)
    entries, has_more = chat.list_messages(room.simulation.chat, reader, room.circle_id, room.id, after, limit, **place)
    return [entry.message.seq for entry in entries], has_more


def numbers(first: int, last: int) -> list[int]:
    return list(range(first, last + 1))


@pytest.fixture(params=["nothing", "a part", "all"])
def room(request: pytest.FixtureRequest) -> Lobby:
    """A room of 9 numbers, the third and the last of crashed sends; its head has nothing, a part or all of them."""
    room = Lobby()
    for number in range(9):
        if number in (2, 8):
            crash_between_writes(room, f"crashed-{number}", number)
        else:
            room.send(HAO, after=number)
        if number == 4 and request.param == "a part":
            handle_new_changes(room.simulation, "chat")
    room.simulation.clock.advance(seconds=60)
    if request.param == "all":
        handle_new_changes(room.simulation, "chat")
    return room


def test_h23_without_a_number_the_page_has_the_newest_messages_with_the_voids_at_the_end(room: Lobby) -> None:
    assert page(room, 4) == (numbers(6, 9), False)
    assert page(room, 9) == (numbers(1, 9), False)
    assert page(room, 10) == (numbers(1, 9), False)
    entries, _ = chat.list_messages(room.simulation.chat, LIN, room.circle_id, room.id, None, 9)
    assert [entry.message.seq for entry in entries if entry.message.kind is MessageKind.VOID] == [3, 9]


@pytest.mark.parametrize("limit", [1, 2, 4, 9, 100])
def test_h23_before_a_number_the_page_ends_right_before_it(room: Lobby, limit: int) -> None:
    for before in range(1, 15):
        last = min(before - 1, 9)
        assert page(room, limit, before_seq=before) == (numbers(max(1, last - limit + 1), last), last < 9)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 9, 100])
def test_h23_around_a_message_the_page_is_full_and_has_it(room: Lobby, limit: int) -> None:
    for around in range(1, 10):
        listed, has_more = page(room, limit, around=around)
        assert listed == numbers(listed[0], listed[-1])
        assert (len(listed), around in listed) == (min(limit, 9), True)
        assert has_more == (listed[-1] < 9)
    if limit == 5:
        assert page(room, limit, around=5)[0] == numbers(3, 7)
    with pytest.raises(MessageNotFound):
        page(room, limit, around=10)


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 9, 10])
def test_h23_pages_backwards_have_each_message_once(room: Lobby, limit: int) -> None:
    read, before = list[int](), None
    while before is None or before > 1:
        listed, has_more = page(room, limit, before_seq=before)
        assert has_more == (before is not None)
        assert len(listed) == min(limit, (before or 10) - 1)
        read, before = listed + read, listed[0]
    assert read == numbers(1, 9)


@pytest.mark.parametrize("has_head", [False, True])
def test_h23_no_page_is_above_a_number_that_can_still_get_its_message(has_head: bool) -> None:
    room = Lobby()
    for number in range(5):
        room.send(HAO, after=number)
    room.abandon_send("slow", after=5)
    for number in range(6, 12):
        room.send(HAO, after=number)
    if has_head:
        handle_new_changes(room.simulation, "chat")
    assert page(room, 3) == (numbers(3, 5), False)
    assert page(room, 3, before_seq=12) == (numbers(3, 5), False)
    assert page(room, 3, before_seq=5) == (numbers(2, 4), True)
    assert page(room, 3, around=5) == (numbers(3, 5), False)
    with pytest.raises(MessageNotFound):
        page(room, 3, around=8)
    assert room.send(MEI, msg_id="slow", text="在吗", after=5).seq == 6
    assert page(room, 3) == (numbers(10, 12), False)
    assert page(room, 3, around=8) == (numbers(7, 9), True)


def test_h23_an_empty_room_has_an_empty_page() -> None:
    room = Lobby()
    assert page(room, 3) == ([], False)
    assert page(room, 3, before_seq=9) == ([], False)
    with pytest.raises(MessageNotFound):
        page(room, 3, around=1)


def test_h23_a_long_way_behind_the_stream_the_newest_page_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE_SIZE", 2)
    room = Lobby()
    for number in range(20):
        room.send(HAO, after=number)
        if number == 2:
            handle_new_changes(room.simulation, "chat")
    assert page(room, 3) == (numbers(18, 20), False)
    assert page(room, 3, before_seq=11) == (numbers(8, 10), True)
    assert page(room, 3, around=15) == (numbers(14, 16), True)


def test_h23_a_joiner_opens_a_long_room_at_its_end_in_one_query() -> None:
    room = Lobby()
    for number in range(400):
        room.send(HAO, after=number)
    handle_new_changes(room.simulation, "chat")
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, YAN)
    queries: list[Any] = []

    def before(name: str, *given: Any, **_: Any) -> None:
        if name == "query":
            queries.append(given[0])

    table: Any = HookedTable(room.simulation.chat_table, before)
    entries, has_more = chat.list_messages(replace(room.simulation.chat, table=table), YAN, room.circle_id, room.id, None, 50)
    assert ([entry.message.seq for entry in entries], has_more, len(queries)) == (numbers(351, 400), False, 1)
    own = room.own_room(YAN)
    assert (own.read_seq, own.unread) == (400, 0)


@pytest.mark.parametrize("seed", range(4))
def test_h23_a_reader_who_was_given_a_number_is_never_later_given_a_smaller_one_that_was_missing(seed: int) -> None:
    """A reader opens the end, reads on, and reads back at any time, while sends crash and come late. Nothing is missed."""
    dice, room = random.Random(seed), Lobby()
    given: dict[int, str] = {}
    late: list[str] = []
    for number in range(120):
        room.simulation.clock.advance(seconds=dice.choice([0, 1, 1, 6]))
        match dice.choice(["send", "send", "send", "abandon", "late", "read", "read", "stream"]):
            case "send":
                room.send(HAO, f"第{number}条", after=max(0, room.count - 10))
            case "abandon":
                late.append(f"abandoned-{number}")
                crash_between_writes(room, late[-1], 0)
            case "late" if late:
                room.send(MEI, "在吗", msg_id=late.pop(dice.randrange(len(late))), after=0)
            case "stream":
                for change in dice.sample(all_changes(room.simulation, "chat"), k=3):
                    handle_changes("chat", room.simulation.chat, [change])
            case "read":
                read_some(room, dice, given)
    room.simulation.clock.advance(seconds=60)
    whole = {message.seq: message.text for message in room.list_messages(limit=100)}
    assert given.items() <= whole.items()


def read_some(room: Lobby, dice: random.Random, given: dict[int, str]) -> None:
    """Read one page, next to what was read before, or anywhere; check that it fits what was given."""
    highest = max(given, default=0)
    places: list[dict[str, int]] = [{}, {"after_seq": highest}, {"before_seq": dice.randint(1, highest + 30)}]
    place = dice.choice(places)
    after = place.pop("after_seq", None)
    entries, _ = chat.list_messages(room.simulation.chat, LIN, room.circle_id, room.id, after, dice.randint(1, 9), **place)
    listed = {entry.message.seq: entry.message.text for entry in entries}
    assert list(listed) == numbers(min(listed, default=1), max(listed, default=0))
    assert all(given.get(seq, text) == text for seq, text in listed.items())
    given |= listed
    # All numbers below the highest one are final now: a page of the beginning never stops before it.
    read_up_to = chat.list_messages(room.simulation.chat, LIN, room.circle_id, room.id, 0, 100)[0]
    assert max((entry.message.seq for entry in read_up_to), default=0) >= min(100, max(given, default=0))
