"""Races of highlights: against recalls, purges and each other. List, limit and messages agree after each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import HighlightLimitReached, MessageNotFound
from services.chat.repository.highlights import get_highlights
from services.chat.repository.message_items import MESSAGE, message_partition
from services.chat.repository.messages import list_messages_after
from services.chat.repository.rooms import get_room, save_head
from services.chat.settings import settings
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.table.purging import iter_items
from simulation.settings import overridden
from simulation.setup.chat import set_chat_members
from simulation.setup.rooms import set_room
from simulation.simulation import Simulation
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results

pytestmark = pytest.mark.cloud

LIN, HAO = caller("lin"), caller("hao")


class Room:
    """A lobby with 6 messages of Hao, whose owner is Lin."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation, self.ports, self.circle_id = simulation, simulation.chat, new_id("cir")
        self.id = set_chat_members(simulation, self.circle_id, LIN, role="owner")
        set_chat_members(simulation, self.circle_id, HAO)
        for number in range(6):
            simulation.clock.advance(seconds=2)
            chat.send_message(self.ports, HAO, self.circle_id, self.id, MessageRequest(f"message-{number}", number, "在吗"))

    def ports_at(self, at: datetime) -> chat.Ports:
        return replace(self.ports, clock=lambda: at)

    def calling(self, use_case: Callable[..., Any], by: Any, seq: int) -> Callable[[], Any]:
        return partial(use_case, self.ports, by, self.circle_id, self.id, seq)

    def highlighting(self, seq: int) -> Callable[[], None]:
        return self.calling(chat.highlight_message, LIN, seq)

    def highlights(self) -> list[int]:
        """Return the highlights that are shown. The list of the room and the messages must have the same."""
        page = chat.list_highlighted_messages(self.ports, LIN, self.circle_id, self.id, PageRequest(20))
        shown = [entry.message.seq for entry in page.items]
        items = iter_items(self.ports.table, message_partition(self.circle_id, self.id))
        marked = [item["seq"] for item in items if item["sk"].startswith(MESSAGE) and "highlighted_at" in item]
        assert sorted(shown) == marked
        assert shown == list(get_highlights(self.ports.table, self.circle_id, self.id).seqs)
        return shown


def test_c17_of_6_parallel_highlights_3_win_at_the_limit(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation)
        with overridden(settings, max_highlights=3):
            results = race([room.highlighting(seq) for seq in range(1, 7)])
        highlighted, errors = split_results(results)
        assert (len(highlighted), {type(error) for error in errors}) == (3, {HighlightLimitReached})
        assert sorted(room.highlights()) == [seq for seq, result in enumerate(results, 1) if result is None]


def test_c17_two_highlights_at_the_last_place_and_one_that_is_taken_out(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation)
        with overridden(settings, max_highlights=2):
            room.highlighting(1)()
            room.highlighting(2)()
            out = room.calling(chat.unhighlight_message, LIN, 1)
            results = race([out, room.highlighting(3), room.highlighting(4)])
        won = [seq for seq, result in zip((3, 4), results[1:], strict=True) if result is None]
        assert results[0] is None and len(won) <= 1
        assert sorted(room.highlights()) == [2, *won]


def test_c17_a_highlight_and_a_recall_at_once_leave_no_highlight(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation)
        recall = room.calling(chat.recall_message, HAO, 6)
        remove = partial(chat.remove_message, room.ports, LIN, room.circle_id, room.id, 5, "广告。")
        results = race([room.highlighting(6), recall, room.highlighting(5), remove, room.highlighting(4)])
        assert results[1] is results[3] is results[4] is None
        assert all(result is None or isinstance(result, MessageNotFound) for result in results)
        assert room.highlights() == [4]


def test_h16_highlights_and_a_purge_at_once_keep_exactly_the_highlights(rounds: Rounds) -> None:
    """Lin read the messages just before they expired: by her clock they have not, when the purge begins."""
    for simulation in rounds:
        room = Room(simulation)
        stored = get_room(room.ports.table, room.circle_id, room.id)
        history = list_messages_after(room.ports.table, room.circle_id, room.id, 0, 10).items
        save_head(room.ports.table, stored, stored.head.append(history))
        set_room(simulation, LIN, room.circle_id, room.id, retention_days=1)
        early = simulation.clock.now
        simulation.clock.now += timedelta(days=2)
        ports = room.ports_at(early)
        highlighting = [partial(chat.highlight_message, ports, LIN, room.circle_id, room.id, seq) for seq in range(1, 7)]
        results = race([partial(chat.handle_jobs, room.ports), *highlighting])
        kept = [seq for seq, result in enumerate(results[1:], 1) if result is None]
        assert all(result is None or isinstance(result, MessageNotFound) for result in results[1:])
        assert sorted(room.highlights()) == kept
        items = iter_items(room.ports.table, message_partition(room.circle_id, room.id))
        assert [item["seq"] for item in items if item["sk"].startswith(MESSAGE)] == kept
