"""The nightly recount of likes, comments and tags: it mends what is wrong, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.circles import usecases as circles
from services.circles.domain import Note
from services.circles.domain.recount import Count, Differences
from services.circles.repository import recounts as repository
from services.circles.repository import tags
from services.circles.repository.notes import note_key
from services.circles.usecases import recounts
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.security.auth import Caller
from services.shared.table.items import PRESENT
from simulation.memory import MemoryTable
from simulation.meter import MeteredTable
from simulation.setup.circles import create_circle, post_note
from simulation.simulation import Simulation
from simulation.streams import filter_changes, handle_changes, handle_new_changes, new_changes
from simulation.users import caller, new_key

LIN = caller("lin")
MEMBERS = [caller(f"member-{number}") for number in range(25)]
CORRECTED: list[str] = []


@pytest.fixture(autouse=True)
def corrections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The metrics that were recorded."""
    CORRECTED.clear()
    monkeypatch.setattr(recounts, "record_metric", lambda name, value: CORRECTED.append(name))
    return CORRECTED


class Shelf:
    """A circle with notes that members like and comment."""

    def __init__(self, notes: int = 3, simulation: Simulation | None = None) -> None:
        self.simulation = simulation or Simulation()
        self.circle_id = create_circle(self.simulation, LIN, *MEMBERS)
        self.notes = [post_note(self.simulation, self.circle_id, LIN) for _ in range(notes)]
        handle_new_changes(self.simulation, "circles")

    def like(self, note: Note, *users: Caller) -> None:
        for user in users:
            circles.like_note(self.simulation.circles, user, self.circle_id, note.id)

    def comment(self, note: Note, count: int) -> None:
        for _ in range(count):
            self.simulation.clock.advance(milliseconds=1)
            key = new_key(LIN, now=self.simulation.clock.now)
            circles.add_comment(self.simulation.circles, LIN, self.circle_id, note.id, key, text="好", parent_id=None)

    def counters(self, note: Note) -> tuple[int, int]:
        item = self.simulation.circles_table.get(note_key(self.circle_id, note.id), consistent_read=True) or {}
        return item.get("likes", 0), item.get("comments", 0)

    def plant(self, note: Note, **moves: int) -> None:
        self.simulation.circles_table.update(note_key(self.circle_id, note.id), add=moves, when=PRESENT)

    def night(self, runs: int = 1, has_time: HasTime = always) -> None:
        """Let a day pass and recount, in at most `runs` runs."""
        self.simulation.clock.advance(days=1)
        circles.plan_recount(self.simulation.circles, self.circle_id)
        for _ in range(runs):
            circles.recount_notes(self.simulation.circles, has_time)
            circles.recount_tags(self.simulation.circles, has_time)

    @property
    def waiting(self) -> int:
        return len(repository.list_note_recounts(self.simulation.circles_table, 9))


def test_a_planted_difference_is_corrected_when_two_nights_find_it() -> None:
    shelf = Shelf()
    first, second, _ = shelf.notes
    shelf.like(first, *MEMBERS[:5])
    shelf.comment(second, 2)
    handle_new_changes(shelf.simulation, "circles")
    shelf.plant(first, likes=3)
    shelf.plant(second, comments=-1, likes=1)
    shelf.night()
    assert (shelf.counters(first), shelf.counters(second)) == ((8, 0), (1, 1))
    assert CORRECTED == []
    shelf.night()
    assert (shelf.counters(first), shelf.counters(second)) == ((5, 0), (0, 2))
    assert CORRECTED == ["CounterCorrected"] * 2
    shelf.night()
    assert len(CORRECTED) == 2
    assert repository.find_differences(shelf.simulation.circles_table, shelf.circle_id)[1] == Differences(
        shelf.simulation.clock() - timedelta(days=1)
    )


@pytest.mark.parametrize("cut", [1, 5, 24])
def test_a_batch_that_comes_again_in_two_parts_counts_twice_and_the_recount_mends_it(cut: int) -> None:
    """The known flaw of a marker per group (decision 30)."""
    shelf = Shelf(1)
    (note,) = shelf.notes
    shelf.like(note, *MEMBERS)
    changes = filter_changes("circles", new_changes(shelf.simulation, "circles"))
    assert len(changes) == 25
    for part in (changes, changes[:cut], changes[cut:]):
        circles.handle_changes(shelf.simulation.circles, part)
    assert shelf.counters(note)[0] == 25 + (25 - cut)
    shelf.night()
    shelf.night()
    assert shelf.counters(note) == (25, 0)


def test_a_comment_between_two_nights_does_not_hide_a_wrong_number_of_likes() -> None:
    shelf = Shelf()
    note = shelf.notes[0]
    shelf.like(note, *MEMBERS[:2])
    handle_new_changes(shelf.simulation, "circles")
    shelf.plant(note, likes=1)
    shelf.night()
    shelf.comment(note, 1)
    handle_new_changes(shelf.simulation, "circles")
    shelf.night()
    assert (shelf.counters(note), CORRECTED) == ((2, 1), ["CounterCorrected"])


def test_changes_in_flight_are_not_corrected() -> None:
    """The stream is behind during both counts; then it catches up."""
    shelf = Shelf(1)
    (note,) = shelf.notes
    shelf.like(note, *MEMBERS[:2])
    shelf.night()
    shelf.like(note, MEMBERS[2])
    shelf.night()
    assert shelf.counters(note) == (0, 0)
    handle_new_changes(shelf.simulation, "circles")
    shelf.night()
    assert shelf.counters(note) == (3, 0)
    assert CORRECTED == []


nights = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), min_size=2, max_size=6)


@settings(max_examples=40, deadline=None)
@given(nights, st.integers(-2, 2))
def test_no_count_is_wrong_after_changes_and_nights_in_any_order(days: list[tuple[int, int, bool]], planted: int) -> None:
    """Each day members like and unlike, and the stream is processed before or after the night, within a day."""
    CORRECTED.clear()
    shelf = Shelf(1)
    (note,) = shelf.notes
    shelf.like(note, *MEMBERS[:3])
    handle_new_changes(shelf.simulation, "circles")
    if planted:
        shelf.plant(note, likes=planted)
    for likes, unlikes, is_late in days:
        shelf.like(note, *MEMBERS[:likes])
        for user in MEMBERS[:unlikes]:
            circles.unlike_note(shelf.simulation.circles, user, shelf.circle_id, note.id)
        if not is_late:
            handle_new_changes(shelf.simulation, "circles")
        shelf.night()
        handle_new_changes(shelf.simulation, "circles")
    for _ in range(3):
        shelf.night()
    page = [user for user in MEMBERS if circles.get_note(shelf.simulation.circles, user, shelf.circle_id, note.id).liked]
    assert shelf.counters(note) == (len(page), 0)
    assert len(CORRECTED) == bool(planted)


def test_a_counter_that_changed_since_it_was_compared_is_not_corrected() -> None:
    shelf = Shelf(1)
    (note,) = shelf.notes
    shelf.plant(note, likes=3)
    count = Count({"likes": 0, "comments": 0}, {"likes": 3, "comments": 0})
    shelf.plant(note, likes=1)
    assert not repository.correct_note(shelf.simulation.circles_table, shelf.circle_id, note.id, count)
    assert shelf.counters(note) == (4, 0)


@pytest.mark.parametrize(("seconds", "expected"), [(59, {}), (60, {"a"})])
def test_a_difference_must_be_found_twice_a_minute_apart(seconds: int, expected: set[str]) -> None:
    at = Simulation().clock()
    counts = {"a": Count({"likes": 1}, {"likes": 2}), "b": Count({"likes": 1}, {"likes": 1})}
    before, later = Differences.of(counts, at), Differences.of(counts, at + timedelta(seconds=seconds))
    assert before.confirmed_by(later).keys() == set(expected)
    moved = Differences.of({"a": Count({"likes": 2}, {"likes": 3})}, at + timedelta(days=1))
    assert before.confirmed_by(moved) == {}


def test_a_run_is_bounded_and_the_next_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounts, "MAX_MEMBERS_PER_RUN", 10)
    shelf = Shelf(2)
    shelf.like(shelf.notes[0], *MEMBERS)
    handle_new_changes(shelf.simulation, "circles")
    shelf.plant(shelf.notes[0], likes=1)
    for expected in (26, 25):
        shelf.night(runs=2)
        assert shelf.waiting == 1, "25 members and the owner take 3 runs"
        circles.recount_notes(shelf.simulation.circles, always)
        assert (shelf.waiting, shelf.counters(shelf.notes[0])) == (0, (expected, 0))


def test_without_time_nothing_is_lost() -> None:
    shelf = Shelf(1)
    shelf.plant(shelf.notes[0], likes=1)
    shelf.night(has_time=lambda: False)
    assert shelf.waiting == 1
    shelf.night()
    shelf.night()
    assert shelf.counters(shelf.notes[0]) == (0, 0)


def test_a_large_circle_is_recounted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounts, "WINDOW", 2)
    shelf = Shelf(5)
    for note in shelf.notes:
        shelf.plant(note, likes=1)
    for _ in range(7):
        shelf.night()
    assert [shelf.counters(note) for note in shelf.notes] == [(0, 0)] * 5


@pytest.mark.parametrize("closes", [False, True])
def test_the_schedule_recounts_each_circle_in_the_evening_also_in_its_notice_period(closes: bool) -> None:
    shelf = Shelf(1)
    if closes:
        circles.close_circle(shelf.simulation.circles, LIN, shelf.circle_id, timedelta(days=30))
    shelf.plant(shelf.notes[0], likes=1)
    for _ in range(3):
        shelf.simulation.clock.advance(days=1)
        circles.handle_schedule(shelf.simulation.circles)
        circles.recount_counters(shelf.simulation.circles)
    assert shelf.counters(shelf.notes[0]) == (0, 0)


def test_a_recount_costs_what_the_readme_says() -> None:
    simulation = Simulation(circles_table=MeteredTable(MemoryTable({"gsi1": ()})))
    shelf, table = Shelf(3, simulation), simulation.circles_table
    assert isinstance(table, MeteredTable)
    circles.plan_recount(simulation.circles, shelf.circle_id)
    with table.measure() as cost:
        circles.recount_notes(simulation.circles, always)
    assert cost.writes == 1
    assert 26 <= cost.reads <= 26 + 3 + 16, "1 per member, 1 per note, and the lists of members (twice) and notes"


# tags


def tag_counters(shelf: Shelf) -> dict[str, int]:
    return tags.get_counts(shelf.simulation.circles_table, "birdwatching", consistent_read=True)


def plant_tag(shelf: Shelf, **moves: int) -> None:
    shelf.simulation.circles_table.update(tags.shard_key("birdwatching", 2), add=moves, when=None)


def test_a_planted_difference_of_a_tag_is_corrected_when_two_nights_find_it() -> None:
    shelf = Shelf()
    circles.record_views(shelf.simulation.circles, MEMBERS[0], shelf.circle_id, [note.id for note in shelf.notes])
    handle_new_changes(shelf.simulation, "circles")
    plant_tag(shelf, notes=4, views=-1)
    shelf.night(runs=3)
    assert tag_counters(shelf) == {"notes": 7, "views": 2}
    shelf.night(runs=3)
    assert tag_counters(shelf) == {"notes": 3, "views": 3}
    assert CORRECTED == ["CounterCorrected"]
    shelf.night(runs=3)
    assert tag_counters(shelf) == {"notes": 3, "views": 3}


def test_the_recount_of_tags_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounts, "MAX_PAGES_PER_RUN", 3)
    monkeypatch.setattr(recounts, "RECORDS_PER_PAGE", 1)
    monkeypatch.setattr(recounts, "MAX_TAGS_PER_RUN", 1)
    shelf = Shelf(0)
    for name in ("观鸟", "手冲咖啡", "观鸟"):
        post_note(shelf.simulation, shelf.circle_id, LIN, tags=(name,))
        handle_changes("circles", shelf.simulation.circles, new_changes(shelf.simulation, "circles"))
    plant_tag(shelf, notes=4)
    for _ in range(2):
        shelf.night(runs=12)
        recount, _ = repository.get_tag_recount(shelf.simulation.circles_table)
        assert recount.is_complete
    assert tag_counters(shelf)["notes"] == 2


def test_a_tag_that_changed_since_it_was_compared_is_not_corrected() -> None:
    shelf = Shelf(1)
    count = Count({"notes": 1, "views": 0}, {"notes": 5, "views": 0})
    assert not repository.correct_tag(shelf.simulation.circles_table, "birdwatching", count)
    assert tag_counters(shelf) == {"notes": 1, "views": 0}
