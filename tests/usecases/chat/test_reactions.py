"""H8: members react to messages, each in a set of at most 3 ways; the counts are exact, and shown with the reader's own."""

from __future__ import annotations

import random
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Reaction, moderators_room_id
from services.chat.errors import (
    CircleNotFound,
    CircleReadOnly,
    MessageNotFound,
    ReactionLimitReached,
    ReactionNotFound,
    RoomNotFound,
)
from services.chat.repository.erasing import erase_user_items
from services.chat.repository.export_lines import get_export_page
from services.chat.repository.message_items import message_key
from services.chat.repository.participants import participant_key
from services.chat.settings import settings
from services.shared.erasure.jobs import Erasure
from services.shared.exports.jobs import ExportJob
from services.shared.kernel.errors import RateLimitReached
from services.shared.kernel.ids import new_id
from services.shared.security.auth import Caller
from simulation.settings import overridden
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_circle_state
from simulation.streams import all_changes, handle_changes, handle_new_changes, new_changes
from simulation.users import caller
from tests.support.blocking import block
from tests.usecases.chat.test_recall import edit, recall, remove
from tests.usecases.chat.test_take_downs import history, lobby, restore, take_down


def react(room: Lobby, by: Caller, *names: str, seq: int = 2) -> None:
    for name in names or ("like",):
        room.simulation.clock.advance(seconds=1)
        chat.add_reaction(room.simulation.chat, by, room.circle_id, room.id, seq, name)


def take_back(room: Lobby, by: Caller, name: str = "like", seq: int = 2) -> None:
    room.simulation.clock.advance(seconds=1)
    chat.remove_reaction(room.simulation.chat, by, room.circle_id, room.id, seq, name)


def shown(room: Lobby, by: Caller = LIN, seq: int = 2) -> list[tuple[str, int, bool]]:
    """Return the reactions to a message as a member sees them, after the stream was processed."""
    handle_new_changes(room.simulation, "chat")
    return [(str(each.reaction), each.count, each.own) for each in history(room, by)[seq - 1].reactions]


def test_h8_a_repeat_changes_nothing_and_counts_are_those_of_the_sets() -> None:
    room = lobby()
    for _ in range(2):
        react(room, HAO, "like", "love")
        react(room, MEI)
    assert shown(room) == [("like", 2, False), ("love", 1, False)]
    assert shown(room, HAO) == [("like", 2, True), ("love", 1, True)]
    for _ in range(2):
        take_back(room, HAO)
    take_back(room, LIN)
    assert shown(room, HAO) == [("like", 1, False), ("love", 1, True)]
    take_back(room, HAO, "love")
    take_back(room, MEI)
    assert shown(room, HAO) == []


def test_h8_counts_are_exact_for_any_cut_order_and_repetition_of_records() -> None:
    room, dice, members = lobby(), random.Random(8), (HAO, MEI, LIN)
    expected: set[tuple[str, str]] = set()
    late: list[Any] = []
    for _ in range(60):
        by, name = dice.choice(members), dice.choice(("like", "love", "sad"))
        if dice.random() < 0.6:
            react(room, by, name)
            expected.add((by.user_id, name))
        else:
            take_back(room, by, name)
            expected.discard((by.user_id, name))
        changes = new_changes(room.simulation, "chat")
        late += changes
        if dice.random() < 0.5:
            handle_changes("chat", room.simulation.chat, dice.sample(late, min(len(late), dice.randrange(1, 5))))
    dice.shuffle(late)
    handle_changes("chat", room.simulation.chat, late)
    handle_changes("chat", room.simulation.chat, all_changes(room.simulation, "chat"))
    counts = {name: sum(name == each for _, each in expected) for name in ("like", "love", "sad")}
    assert {name: count for name, count, _ in shown(room)} == {name: count for name, count in counts.items() if count}


def test_h8_a_member_has_3_reactions_to_a_message_of_a_fixed_list() -> None:
    room = lobby()
    react(room, HAO, "like", "love", "sad")
    with pytest.raises(ReactionLimitReached):
        react(room, HAO, "thanks")
    take_back(room, HAO, "sad")
    react(room, HAO, "thanks")
    for act in (react, take_back):
        with pytest.raises(ReactionNotFound):
            act(room, HAO, "bomb")
    assert len(Reaction) == 8


def test_h8_who_cannot_read_or_see_the_message_does_not_react() -> None:
    room = lobby()
    moderators = moderators_room_id(room.circle_id)
    with pytest.raises(RoomNotFound):
        chat.add_reaction(room.simulation.chat, HAO, room.circle_id, moderators, 1, "like")
    with pytest.raises(CircleNotFound):
        react(room, caller("stranger"))
    with pytest.raises(MessageNotFound):
        react(room, HAO, seq=9)
    block(room, HAO, MEI)
    with pytest.raises(MessageNotFound):
        react(room, HAO)
    block(room, HAO)
    react(room, HAO)
    room.kick(HAO)
    for act in (react, take_back):
        with pytest.raises(CircleNotFound):
            act(room, HAO)


def test_h8_a_muted_member_reacts_and_no_member_in_a_read_only_circle() -> None:
    room = lobby()
    table = room.simulation.chat_table
    table.update(participant_key(room.circle_id, HAO.user_id), set={"muted_until": 4_000_000_000_000}, when=None)
    react(room, HAO)
    set_circle_state(room.simulation, room.circle_id, "read_only")
    with pytest.raises(CircleReadOnly):
        react(room, MEI)
    take_back(room, HAO)
    assert shown(room) == []


@pytest.mark.parametrize("erase", [recall, remove])
def test_h8_a_tombstone_has_no_reactions_and_gets_none(erase: Any) -> None:
    room = lobby()
    react(room, HAO)
    react(room, LIN)
    handle_new_changes(room.simulation, "chat")
    erase(room)
    assert (shown(room), shown(room, HAO)) == ([], [])
    with pytest.raises(MessageNotFound):
        react(room, MEI)
    take_back(room, HAO)
    assert shown(room) == []


@pytest.mark.parametrize("erase", [recall, remove])
def test_h8_a_reaction_that_is_counted_after_its_message_was_erased_counts_nowhere(erase: Any) -> None:
    room = lobby()
    react(room, HAO)
    erase(room)  # before the stream counts the reaction
    handle_new_changes(room.simulation, "chat")
    assert shown(room, MEI) == shown(room, HAO) == []


def test_h8_what_is_down_shows_none_and_all_when_it_is_back() -> None:
    room = lobby()
    react(room, HAO)
    assert shown(room) == [("like", 1, False)]
    take_down(room)
    assert (shown(room), shown(room, MEI)) == ([], [("like", 1, False)])
    take_back(room, HAO)
    restore(room)
    assert shown(room) == []
    react(room, HAO, "sad")
    edit(room, "改过")
    assert shown(room) == [("sad", 1, False)], "an edit leaves the counts"


def test_h8_open_screens_get_all_counts_once_per_batch() -> None:
    room = lobby()
    handle_new_changes(room.simulation, "chat")
    block(room, LIN, MEI)
    room.subscribe(HAO, "hao-1")
    room.subscribe(LIN, "lin-1")
    react(room, HAO, "like", "love")
    react(room, MEI)
    handle_new_changes(room.simulation, "chat")
    frame = {"type": "reactions", "room_id": room.id, "seq": 2}
    counts = [{"reaction": "like", "count": 2}, {"reaction": "love", "count": 1}]
    assert room.simulation.sockets.pushes["hao-1"] == [{**frame, "reactions": counts}]
    assert room.simulation.sockets.pushes["lin-1"] == [{**frame, "reactions": []}]


def test_h8_a_count_notifies_no_user_and_recounts_no_unread() -> None:
    room = lobby()
    before = room.own_room(HAO).room.head
    react(room, HAO)
    after = room.own_room(HAO).room.head
    assert (after.revision, after.last) == (before.revision, before.last)
    assert not [item for item in room.simulation.memory("chat").all_items() if item["sk"].startswith("REVISION#")]


def test_h8_reactions_have_a_rate_limit_and_a_repeat_uses_no_slot() -> None:
    room = lobby()
    ports, at = room.simulation.chat, (room.circle_id, room.id, 2)
    chat.add_reaction(ports, HAO, *at, "like")
    for _ in range(20):
        chat.add_reaction(ports, HAO, *at, "like")
    with overridden(settings, reaction_burst=10), pytest.raises(RateLimitReached):
        for _ in range(10):
            chat.remove_reaction(ports, HAO, *at, "like")
            chat.add_reaction(ports, HAO, *at, "like")


def test_c26_own_reactions_are_exported_and_erased_with_their_counts() -> None:
    room = lobby()
    react(room, HAO, "like", "love")
    react(room, MEI)
    handle_new_changes(room.simulation, "chat")
    react(room, HAO, seq=1)  # not counted yet
    at = room.simulation.clock.now
    page = get_export_page(room.simulation.chat_table, ExportJob(new_id("exp"), room.circle_id, HAO.user_id, at, at, 1))
    lines = [(line["seq"], line["reactions"]) for line in page.lines if line["kind"] == "reaction"]
    assert lines == [(1, ["like"]), (2, ["like", "love"])]
    for _ in erase_user_items(room.simulation.chat_table, Erasure(HAO.user_id, deletes_content=False, version=1)):
        pass
    assert (shown(room), shown(room, seq=1)) == ([("like", 1, False)], [])
    assert not [item for item in room.simulation.memory("chat").all_items() if item["sk"].startswith(f"REACTION#{HAO.user_id}")]


def test_h8_reactions_to_a_message_that_was_deleted_count_nowhere() -> None:
    room = lobby()
    react(room, HAO)
    room.simulation.chat_table.delete(message_key(room.circle_id, room.id, 2), when=None)
    handle_new_changes(room.simulation, "chat")
    assert room.simulation.chat_table.get(message_key(room.circle_id, room.id, 2)) is None
