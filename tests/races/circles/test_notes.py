"""Notes of one user at once, while ids move out of the full list on the item of the rate limit."""

from __future__ import annotations

from functools import partial

import pytest

from services.circles import usecases as circles
from services.shared.kernel.chosen_ids import MAX_CHOSEN_IDS
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import PageRequest
from simulation.setup.circles import open_circle
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.support.races import race

pytestmark = pytest.mark.cloud

OWNER = caller("owner")


def post(simulation: Simulation, circle_id: str, key: IdempotencyKey) -> str:
    return circles.post_note(simulation.circles, OWNER, circle_id, key, circles.NoteInput("晨")).note.id


def test_c13_tries_of_one_key_and_of_others_over_a_full_list_make_one_note_each(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = open_circle(simulation, OWNER)
        post_once = partial(post, simulation, circle_id)
        keys = [new_key(OWNER) for _ in range(MAX_CHOSEN_IDS + 13)]
        ids = {key: post_once(key) for key in keys[:MAX_CHOSEN_IDS]}
        tries = [*[keys[-1]] * 10, *keys[MAX_CHOSEN_IDS:]]
        for key, note_id in zip(tries, race(partial(post_once, key) for key in tries), strict=True):
            assert ids.setdefault(key, note_id) == note_id
        assert {key: post_once(key) for key in keys} == ids
        notes = circles.list_notes(simulation.circles, OWNER, circle_id, PageRequest(100)).items
        assert sorted(view.note.id for view in notes) == sorted(ids.values())
