"""Take-downs of several cases, their ends, edits, deletions and removals of one note at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import ContentState, Note
from services.circles.repository.notes import find_note_in_any_state
from services.circles.usecases.notes import NoteView
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.ids import new_id
from simulation.setup.circles import create_circle, post_note
from simulation.setup.events import take_down_changed
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, types_of

pytestmark = pytest.mark.cloud

LIN, MEI = caller("lin"), caller("mei")


def taking_down(simulation: Simulation, note: Note, case_id: str, version: int, *, is_active: bool) -> Callable[[], None]:
    event = take_down_changed(
        simulation, "circles", "note", note.id, note.circle_id, case_id=case_id, version=version, is_active=is_active
    )
    return partial(deliver, simulation, "circles", event)


def stored(simulation: Simulation, note: Note) -> Note:
    found = find_note_in_any_state(simulation.circles_table, note.circle_id, note.id)
    assert found
    return found


def test_a4_two_take_downs_and_a_restore_at_once_leave_what_the_cases_say(rounds: Rounds) -> None:
    for simulation in rounds:
        note = post_note(simulation, create_circle(simulation, LIN, MEI), MEI)
        restored, upheld = new_id("cas"), new_id("cas")
        calls = [
            taking_down(simulation, note, restored, 1, is_active=True),
            taking_down(simulation, note, restored, 2, is_active=False),
            taking_down(simulation, note, upheld, 1, is_active=True),
        ] * 5
        assert set(race(random.sample(calls, len(calls)))) == {None}
        take_downs = stored(simulation, note).take_downs
        states = {each.case_id: (each.version, each.is_active) for each in take_downs.cases}
        assert states == {restored: (2, False), upheld: (1, True)}
        assert take_downs.is_down
        taking_down(simulation, note, upheld, 2, is_active=False)()
        assert stored(simulation, note).is_visible


def test_a4_a_take_down_against_edits_stays_and_loses_no_edit(rounds: Rounds) -> None:
    for simulation in rounds:
        note = post_note(simulation, create_circle(simulation, LIN, MEI), MEI)
        edits = [
            partial(circles.update_note, simulation.circles, MEI, note.circle_id, note.id, request, f"改 {number}", ())
            for number in range(8)
            for request in (change(note.version, f"edit {number}"),)
        ]
        results = race([*edits, taking_down(simulation, note, new_id("cas"), 1, is_active=True)])
        assert types_of(results[:8]) <= {NoteView, PreconditionFailed, errors.NoteNotFound}
        edited = [result.note.content.text for result in results[:8] if isinstance(result, NoteView)]
        after = stored(simulation, note)
        assert not after.is_visible
        assert [after.content.text] == (edited or [note.content.text]), "one edit of a version at most"
        with pytest.raises(errors.NoteNotFound):
            circles.get_note(simulation.circles, LIN, note.circle_id, note.id)


def test_a4_a_take_down_and_its_end_against_a_deletion_leave_it_deleted(rounds: Rounds) -> None:
    for simulation in rounds:
        note = post_note(simulation, create_circle(simulation, LIN, MEI), MEI)
        case_id = new_id("cas")
        acts = [taking_down(simulation, note, case_id, version, is_active=version == 1) for version in (1, 2)]
        deletion = partial(circles.delete_note, simulation.circles, MEI, note.circle_id, note.id)
        assert set(race([*acts, deletion] * 3)) == {None}
        after = stored(simulation, note)
        assert (after.state, after.content.text, after.take_downs.is_down) == (ContentState.DELETED, "", False)
        assert not after.is_visible
