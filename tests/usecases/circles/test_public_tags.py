"""C3, C15, C16: what all users see of the counters of a tag reveals nothing about one hidden circle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.circles import usecases as circles
from services.circles.domain.tags import round_down
from services.circles.repository import tags as repository
from services.circles.settings import settings
from services.circles.usecases.tags import TagCounts
from services.shared.kernel.pages import PageRequest
from services.shared.kernel.remaining_time import always
from simulation.settings import overridden
from simulation.setup.applications import OPERATOR
from simulation.setup.circles import post_note
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller
from tests.usecases.circles.test_tags import create_circles, exact_counts, pass_night

MEI, HAO = caller("mei"), caller("hao")


def post_in_circles(simulation: Simulation, number: int, notes: int) -> list[str]:
    """Let each of some circles post notes with the tag."""
    created = create_circles(simulation, number)
    for circle_id in created:
        for _ in range(notes):
            post_note(simulation, circle_id, MEI)
    return created


def birds(simulation: Simulation) -> TagCounts:
    return circles.get_tag(simulation.circles, "birdwatching")


def test_c3_a_post_and_a_view_in_a_hidden_circle_change_nothing_that_day() -> None:
    simulation = Simulation()
    hidden, *_ = post_in_circles(simulation, 5, 4)
    pass_night(simulation)
    before = birds(simulation)
    assert (before.notes, before.views) == (20, 0)
    for _ in range(30):
        note = post_note(simulation, hidden, MEI)
        circles.record_views(simulation.circles, HAO, hidden, [note.id])
    circles.delete_note(simulation.circles, MEI, hidden, note.id)
    handle_new_changes(simulation, "circles")
    for _ in range(3):  # further runs of the same night
        circles.recount_tags(simulation.circles, always)
        assert birds(simulation) == before
    assert exact_counts(simulation, "birdwatching") == {"notes": 49, "views": 30}


def test_c3_a_post_in_a_hidden_circle_is_seldom_seen_after_the_night() -> None:
    simulation = Simulation()
    hidden, *_ = post_in_circles(simulation, 5, 4)
    for _ in range(9):
        post_note(simulation, hidden, MEI)
        pass_night(simulation)
        assert birds(simulation).notes == 20
    post_note(simulation, hidden, MEI)
    pass_night(simulation)
    assert birds(simulation).notes == 30


@pytest.mark.parametrize("number", [1, 2, 4])
def test_c3_the_counters_of_a_tag_of_few_circles_are_not_published(number: int) -> None:
    simulation = Simulation()
    created = post_in_circles(simulation, number, 30)
    pass_night(simulation)
    assert (birds(simulation).notes, birds(simulation).views) == (None, None)
    assert exact_counts(simulation, "birdwatching")["notes"] == 30 * len(created)
    with overridden(settings, min_circles_of_tag=max(number, 2)):
        assert birds(simulation).notes == (None if number == 1 else round_down(30 * number))


def test_c3_a_circle_without_visible_notes_does_not_count_as_one() -> None:
    simulation = Simulation()
    created = post_in_circles(simulation, 5, 2)
    pass_night(simulation)
    assert birds(simulation).notes == 10
    for note in circles.list_notes(simulation.circles, MEI, created[0], PageRequest(20)).items:
        circles.delete_note(simulation.circles, MEI, created[0], note.note.id)
    pass_night(simulation)
    assert birds(simulation).notes is None


def test_c3_changes_that_cancel_out_in_one_group_still_count_for_their_circles() -> None:
    simulation = Simulation()
    one, other = post_in_circles(simulation, 2, 0)
    note = post_note(simulation, one, MEI)
    handle_new_changes(simulation, "circles")
    circles.delete_note(simulation.circles, MEI, one, note.id)
    post_note(simulation, other, MEI)
    pass_night(simulation)
    groups = repository.find_snapshot(simulation.circles_table, "birdwatching").circle_groups
    assert groups == {repository.circle_group(f"CIRCLE#{other}")}


def test_c16_merged_tags_are_published_together() -> None:
    simulation = Simulation()
    created = post_in_circles(simulation, 5, 0)
    for index, circle_id in enumerate(created):
        for _ in range(4):
            post_note(simulation, circle_id, MEI, tags=("观鸟" if index < 3 else "手冲咖啡",))
    pass_night(simulation)
    assert birds(simulation).notes is None
    with overridden(settings, min_circles_of_tag=2):
        assert (birds(simulation).notes, circles.get_tag(simulation.circles, "pour-over-coffee").notes) == (10, 0)
    circles.merge_tags(simulation.circles, OPERATOR, "pour-over-coffee", "birdwatching")
    assert birds(simulation).notes == 20


@given(st.integers(0, 10**12))
def test_c16_a_published_number_has_two_digits_and_is_not_too_high(number: int) -> None:
    shown = round_down(number)
    assert number - max(10, number / 10) < shown <= number
    assert shown % 10 == 0
    assert len(str(shown).rstrip("0")) <= 2
    assert round_down(shown) == shown


def test_c16_examples_of_published_numbers() -> None:
    examples = {0: 0, 9: 0, 10: 10, 99: 90, 100: 100, 137: 130, 999: 990, 1000: 1000, 12345: 12000, 10**10 + 5: 10**10}
    assert {number: round_down(number) for number in examples} == examples
    assert round_down(-3) == 0
