"""H25: each change of a room by its moderators is an entry of an audit chain, in the transaction of the change."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Senders, lobby_id
from services.chat.errors import PinLimitReached, RoleNotAllowed
from services.chat.repository.room_acts import acts_key
from services.chat.repository.rooms import room_key
from services.shared.kernel.clock import rfc3339
from services.shared.security.audit import AuditEntry, chain_of, find_audit_entry, verify_chain
from services.shared.table.items import Item
from simulation.setup.chat import HAO, LIN, MEI, set_circle_state
from simulation.setup.rooms import ModeratedLobby as Circle
from simulation.streams import all_changes, handle_changes, handle_new_changes
from tests.support.anchors import verify
from tests.support.races import HookedTable, race


def trail(circle: Circle, room_id: str) -> Item:
    return circle.simulation.chat_table.get(acts_key(circle.circle_id, room_id), consistent_read=True) or {}


def entries(circle: Circle, room_id: str) -> list[AuditEntry]:
    """The entries of a room, after the stream handler wrote them; they must verify."""
    handle_new_changes(circle.simulation, "chat")
    item, table = trail(circle, room_id), circle.simulation.chat_table
    if not item:
        return []
    assert verify_chain(table, item).state == "intact"
    found = (find_audit_entry(table, chain_of(item), index) for index in range(1, item["audit_length"] + 1))
    return [entry for entry in found if entry]


def acts(circle: Circle, room_id: str) -> list[str]:
    return [entry.action for entry in entries(circle, room_id)]


def test_h25_each_change_of_a_room_has_an_audit_entry_with_actor_time_and_what_changed() -> None:
    circle = Circle()
    topic = circle.open()
    opened_at = circle.simulation.clock.now
    for values in (
        {"name": "山地", "notice": "每周六早上。"},
        {"senders": Senders.MODERATORS},
        {"slow_mode_seconds": 30},
        {"retention_days": 7},
        {"earlier_for_newcomers": False},
        {"is_archived": True},
        {"is_archived": False, "slow_mode_seconds": 30},
    ):
        circle.simulation.clock.advance(seconds=10)
        topic.set(**values)
    found = entries(circle, topic.id)
    assert [entry.action for entry in found] == [
        "topic opened",
        "room changed: name, notice",
        'room changed: senders "moderators"',
        "room changed: slow_mode_seconds 30",
        "room changed: retention_days 7",
        "room changed: earlier_for_newcomers false",
        "room changed: is_archived true",
        "room changed: is_archived false",
    ]
    assert {entry.actor for entry in found} == {LIN.user_id}
    assert found[0].at == rfc3339(opened_at) < found[-1].at
    assert verify(circle.simulation, "chat") == []


def test_h25_pins_and_highlights_are_in_the_chain_of_their_room() -> None:
    circle = Circle()
    seq, at = circle.send(HAO).seq, (circle.simulation.chat, LIN, circle.circle_id, circle.id)
    for act in (chat.pin_message, chat.highlight_message, chat.unpin_message, chat.unhighlight_message):
        act(*at, seq)
        act(*at, seq)
    made = [f"message {seq} {act}" for act in ("pinned", "highlighted", "unpinned", "unhighlighted")]
    assert acts(circle, circle.id) == made, "a repeat changes nothing, and has no entry"


def test_h25_what_is_denied_or_unchanged_has_no_entry() -> None:
    circle = Circle()
    topic = circle.open()
    seq = circle.send(HAO).seq
    with pytest.raises(RoleNotAllowed):
        chat.pin_message(circle.simulation.chat, MEI, circle.circle_id, circle.id, seq)
    topic.set(slow_mode_seconds=0)
    assert (acts(circle, circle.id), acts(circle, topic.id)) == ([], ["topic opened"])


def test_h25_no_entry_has_a_text_and_none_comes_twice() -> None:
    circle = Circle()
    topic = circle.open("湿地")
    topic.set(notice="每周六早上。")
    topic.set(notice="改期。")
    first = entries(circle, topic.id)
    handle_changes("chat", circle.simulation.chat, all_changes(circle.simulation, "chat"))
    assert entries(circle, topic.id) == first
    stored = repr(
        [item for item in circle.simulation.memory("chat").all_items() if "AUDIT" in item["pk"] or "ACTS" in item["sk"]]
    )
    assert not [text for text in ("湿地", "每周六", "改期") if text in stored]


def test_h25_acts_at_once_are_one_chain() -> None:
    """Pins write the room, and highlights their messages: the chain is what they have in common."""
    circle = Circle()
    seqs, at = [circle.send(HAO, after=number).seq for number in range(5)], (circle.simulation.chat, LIN, circle.circle_id)
    calls = [partial(act, *at, circle.id, seq) for seq in seqs for act in (chat.pin_message, chat.highlight_message)]
    assert set(race(calls)) == {None}
    assert sorted(acts(circle, circle.id)) == sorted(
        f"message {seq} {act}" for seq in seqs for act in ("pinned", "highlighted")
    )


def test_h25_a_change_whose_entry_cannot_be_added_is_not_made() -> None:
    """Another act comes in between: both the change and its entry start again, and the pin that is over the limit has none."""
    circle = Circle()
    for number in range(6):
        circle.send(HAO, after=number)
    pin = partial(chat.pin_message, circle.simulation.chat, LIN, circle.circle_id, circle.id)
    for seq in (1, 2, 3, 4):
        pin(seq)
    faster = [5]

    def before(call: str, *_: Any, **__: Any) -> None:
        if call == "transact" and faster:
            pin(faster.pop())

    ports = replace(circle.simulation.chat, table=HookedTable(circle.simulation.chat_table, before))
    with pytest.raises(PinLimitReached):
        chat.pin_message(ports, LIN, circle.circle_id, circle.id, 6)
    assert acts(circle, circle.id) == [f"message {seq} pinned" for seq in (1, 2, 3, 4, 5)]


def test_h25_the_chains_of_a_closed_circle_stay_and_verify() -> None:
    circle = Circle()
    topic = circle.open()
    seq = circle.send(HAO).seq
    chat.highlight_message(circle.simulation.chat, LIN, circle.circle_id, circle.id, seq)
    before = acts(circle, lobby_id(circle.circle_id)), acts(circle, topic.id)
    circle.simulation.clock.advance(hours=1)
    circle.simulation.anchor_heads("chat")
    set_circle_state(circle.simulation, circle.circle_id, "closed")
    chat.handle_jobs(circle.simulation.chat)
    assert (acts(circle, lobby_id(circle.circle_id)), acts(circle, topic.id)) == before
    assert verify(circle.simulation, "chat") == []


def test_h25_a_message_costs_no_more_in_a_room_with_acts() -> None:
    circle = Circle()
    seq, table, key = circle.send(HAO).seq, circle.simulation.chat_table, room_key(circle.circle_id, circle.id)
    handle_new_changes(circle.simulation, "chat")
    before = table.get(key) or {}
    chat.pin_message(circle.simulation.chat, LIN, circle.circle_id, circle.id, seq)
    after = table.get(key) or {}
    assert {name for name in before | after if before.get(name) != after.get(name)} == {"pins", "version"}
