"""Reactions of many members at once, and stream functions that count the same ones at once."""

from __future__ import annotations

import random
from functools import partial

import pytest

from services.chat import usecases as chat
from services.chat.repository.message_items import message_partition
from services.chat.repository.reactions import REACTION
from services.chat.usecases.reactions import count_reactions, group_reactions
from services.shared.messaging.stream import Change
from services.shared.table.items import Query
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.streams import changes_from_images
from simulation.users import caller
from tests.races.chat.test_take_downs import lobby
from tests.races.conftest import Rounds
from tests.support.races import race

pytestmark = pytest.mark.cloud


def records(room: Lobby) -> list[Change]:
    """Return a change for each item of reactions, as it is now."""
    query = Query(pk=message_partition(room.circle_id, room.id), prefix=REACTION, limit=100, consistent_read=True)
    items = room.simulation.chat_table.query(query).items
    return list(changes_from_images((None, item) for item in items))


def test_h8_counts_are_exact_after_clicks_and_counting_functions_at_once(rounds: Rounds) -> None:
    for simulation in rounds:
        room, members = lobby(simulation), [LIN, MEI, HAO, *(caller(f"reacting-{number}") for number in range(5))]
        set_chat_members(simulation, room.circle_id, *members)
        at = (room.circle_id, room.id, 2)
        for member in members[:4]:
            chat.add_reaction(simulation.chat, member, *at, "like")
        counting = [
            partial(count_reactions, simulation.chat, group) for group in group_reactions(records(room)) for _ in range(3)
        ]
        clicks = [partial(chat.add_reaction, simulation.chat, member, *at, "like") for member in members] * 2
        undone = [partial(chat.remove_reaction, simulation.chat, member, *at, "like") for member in members[:2]]
        calls = clicks + undone + counting
        race(random.sample(calls, len(calls)))
        for _ in range(2):
            for group in group_reactions(records(room)):
                race([partial(count_reactions, simulation.chat, group)] * 3)
        liking = sum("like" in (change.new or {})["reactions"] for change in records(room))
        entry = chat.list_messages(simulation.chat, HAO, room.circle_id, room.id, 0, 50)[0][1]
        assert dict(entry.message.reactions).get("like", 0) == liking  # type: ignore[call-overload]
        assert 6 <= liking <= 8
