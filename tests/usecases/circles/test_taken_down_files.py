"""A4: the files of a note that is down cannot be loaded by any address, and are back when the take-down ends."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest

from services.circles import usecases as circles
from services.circles.domain import Note
from services.circles.repository.notes import note_changes
from services.circles.usecases import taken_down_files
from services.circles.usecases.taken_down_files import update_files
from services.shared.pictures.files import move_picture
from simulation.setup.circles import create_circle, post_note
from simulation.setup.events import take_down_changed
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_all_changes, handle_changes, handle_new_changes, new_changes
from simulation.users import caller
from tests.usecases.circles.test_pictures import process_uploads, upload

LIN, MEI = caller("lin"), caller("mei")
Files = dict[str, tuple[str, bytes]]


def noted(simulation: Simulation) -> Note:
    """Post a note of Lin with two pictures, which an owner can."""
    circle_id = create_circle(simulation, LIN, MEI)
    pictures = tuple(upload(simulation, circle_id, LIN) for _ in range(2))
    process_uploads(simulation)
    note = post_note(simulation, circle_id, LIN, picture_ids=pictures)
    handle_new_changes(simulation, "circles")
    return note


def apply(simulation: Simulation, note: Note, *, is_active: bool, case_id: str = "cas_01KJY2E1KX7BMZ758QWDX6V9QC") -> None:
    simulation.clock.advance(seconds=1)
    event = take_down_changed(simulation, "circles", "note", note.id, note.circle_id, is_active=is_active, case_id=case_id)
    deliver(simulation, "circles", event)


def shown(simulation: Simulation) -> Files:
    return {name: file for name, file in simulation.bucket.files.items() if name.startswith(("shown/", "thumb/"))}


def test_a4_no_address_loads_the_files_of_a_note_that_is_down_however_often_the_stream_is_delivered() -> None:
    simulation = Simulation()
    note = noted(simulation)
    before = shown(simulation)
    assert len(before) == 4
    for _ in range(3):
        apply(simulation, note, is_active=True)
        for _ in range(2):
            handle_all_changes(simulation, "circles")
            assert shown(simulation) == {}
        apply(simulation, note, is_active=False)
        for _ in range(2):
            handle_all_changes(simulation, "circles")
            assert shown(simulation) == before


def test_a4_the_files_follow_the_last_of_several_cases() -> None:
    simulation = Simulation()
    note = noted(simulation)
    before, other = shown(simulation), "cas_01KJY2E1KX7BMZ758QWDX6V9QD"
    apply(simulation, note, is_active=True)
    apply(simulation, note, is_active=True, case_id=other)
    apply(simulation, note, is_active=False)
    handle_new_changes(simulation, "circles")
    assert shown(simulation) == {}
    apply(simulation, note, is_active=False, case_id=other)
    handle_new_changes(simulation, "circles")
    assert shown(simulation) == before


def test_a4_records_of_one_note_in_the_wrong_order_leave_the_files_as_the_note_is() -> None:
    for last in (True, False):
        simulation = Simulation()
        note = noted(simulation)
        before = shown(simulation)
        for number in range(3):
            apply(simulation, note, is_active=number % 2 == 0)
        if not last:
            apply(simulation, note, is_active=False)
        for one in reversed(new_changes(simulation, "circles")):
            handle_changes("circles", simulation.circles, [one])
            assert shown(simulation) == ({} if last else before)


@pytest.mark.parametrize("is_taken_down_last", [True, False])
def test_a4_an_event_between_reading_and_moving_leaves_the_files_as_the_note_is(is_taken_down_last: bool) -> None:
    """Two invocations process records of one note: the first has read the note when the second processes its record whole."""
    simulation = Simulation()
    note = noted(simulation)
    before = shown(simulation)
    apply(simulation, note, is_active=True)
    if is_taken_down_last:
        handle_new_changes(simulation, "circles")
        apply(simulation, note, is_active=False)
    (first,) = note_changes([one for one in new_changes(simulation, "circles") if one.key.sk.startswith("NOTE#")])
    move = move_picture

    def interrupted(*arguments: object, **named: object) -> None:
        patched.stop()
        apply(simulation, note, is_active=is_taken_down_last)
        handle_new_changes(simulation, "circles")
        move(*arguments, **named)  # type: ignore[arg-type]

    patched = mock.patch.object(taken_down_files, "move_picture", interrupted)
    patched.start()
    update_files(simulation.circles, first)
    assert shown(simulation) == ({} if is_taken_down_last else before)


def test_a4_a_purge_deletes_the_files_that_were_taken_down() -> None:
    simulation = Simulation()
    note = noted(simulation)
    apply(simulation, note, is_active=True)
    handle_new_changes(simulation, "circles")
    assert simulation.bucket.files
    circles.close_circle(simulation.circles, LIN, note.circle_id, timedelta(days=30))
    simulation.clock.advance(days=31)
    circles.handle_schedule(simulation.circles)
    assert simulation.bucket.files == {}
