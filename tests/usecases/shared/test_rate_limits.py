"""The rate limit of a user and kind of action: its slots, its moments, races, crashes, and what a denied request writes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from services.circles import usecases as circles
from services.circles.settings import settings
from services.shared.kernel.errors import KeyReused, RateLimitReached
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.rates import MAX_REMEMBERED_SLOTS, Rate, RateLimit
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from services.shared.table.port import Table, Throttled, TransactionConflict
from services.shared.table.rate_limits import Slot
from simulation.faults import FaultyTable, Lost, every_fault
from simulation.memory import MemoryTable
from simulation.meter import MeteredTable
from simulation.settings import overridden, reset_settings
from simulation.setup.circles import create_circle
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.support.races import HookedTable, race, split_results

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
RATE = Rate("test", timedelta(seconds=30), 3)


@pytest.fixture(autouse=True)
def default_rate_limits(relaxed_rate_limits: None) -> None:
    reset_settings()


class Circle:
    """A circle of Lin with Mei and Hao, who post notes and comments."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        self.id = create_circle(self.simulation, LIN, MEI, HAO)
        self.simulation.clock.advance(minutes=10)

    def key(self, by: Caller = MEI) -> IdempotencyKey:
        return new_key(by, now=self.simulation.clock.now)

    def post(self, key: IdempotencyKey | None = None, by: Caller = MEI, ports: circles.Ports | None = None) -> str:
        ports = ports or self.simulation.circles
        return circles.post_note(ports, by, self.id, key or self.key(by), circles.NoteInput("x")).note.id

    def count_writes(self) -> int:
        return len(self.simulation.memory("circles").stream)


def denied(attempt: Callable[[], object]) -> int:
    """Require that an attempt is denied by its rate limit, and return after how many seconds it can be repeated."""
    with pytest.raises(RateLimitReached) as error:
        attempt()
    assert error.value.retry_after is not None
    return error.value.retry_after


def test_h12_a_burst_passes_and_retry_after_is_exactly_when_the_next_one_does() -> None:
    simulation = Simulation()

    def use() -> None:
        Slot(simulation.circles, MEI.user_id, RATE).use()

    for _ in range(3):
        use()
    for waited, left in ((0, 30), (10, 20), (19.5, 1)):
        simulation.clock.advance(seconds=waited)
        assert denied(use) == left
    simulation.clock.advance(seconds=0.5)
    use()
    assert denied(use) == 30
    simulation.clock.advance(seconds=29.999)
    assert denied(use) == 1
    simulation.clock.advance(seconds=0.001)
    use()
    simulation.clock.advance(days=1)
    for _ in range(3):
        use()
    denied(use)


def test_h12_a_rate_limit_concerns_one_user_and_one_kind() -> None:
    simulation = Simulation()
    for _ in range(3):
        Slot(simulation.circles, MEI.user_id, RATE).use()
    denied(Slot(simulation.circles, MEI.user_id, RATE).use)
    Slot(simulation.circles, HAO.user_id, RATE).use()
    Slot(simulation.circles, MEI.user_id, replace(RATE, kind="other")).use()


def test_h12_a_denied_request_writes_nothing_and_reads_half_a_unit() -> None:
    simulation = Simulation(circles_table=MeteredTable(MemoryTable()))
    for _ in range(3):
        Slot(simulation.circles, MEI.user_id, RATE).use()
    table = simulation.circles_table
    assert isinstance(table, MeteredTable)
    with table.measure() as cost:
        denied(Slot(simulation.circles, MEI.user_id, RATE).use)
    assert (cost.writes, cost.reads) == (0, 0.5)
    with table.measure() as cost:
        Slot(simulation.circles, HAO.user_id, RATE).use()
    assert (cost.writes, cost.reads) == (1, 0.5)


def test_h12_two_requests_that_both_saw_the_last_slot_free_do_not_both_use_it() -> None:
    simulation = Simulation()
    first, second = (Slot(simulation.circles, MEI.user_id, replace(RATE, burst=1)) for _ in range(2))
    for slot in (first, second):
        slot.require_free()
    first.use()
    assert denied(second.use) == 30


def test_h12_the_item_of_a_rate_limit_stays_within_one_write_unit() -> None:
    limit = RateLimit()
    for number in range(3 * MAX_REMEMBERED_SLOTS):
        limit = limit.use_slot(replace(RATE, burst=1000), f"{number:011}", 0)
    assert [limit.has_slot_of(f"{number:011}") for number in (3 * MAX_REMEMBERED_SLOTS - 1, 2 * MAX_REMEMBERED_SLOTS, 0)] == [
        True,
        True,
        False,
    ]
    assert len(limit.requests) < 300
    assert not limit.has_slot_of("")


def test_c13_50_notes_at_once_are_at_most_the_burst() -> None:
    circle = Circle()
    posted, errors = split_results(race(partial(circle.post, circle.key()) for _ in range(50)))
    assert (len(posted), len(errors)) == (settings().note_burst, 50 - settings().note_burst)
    assert {type(error) for error in errors} == {RateLimitReached}
    assert circle.post(by=HAO)


def test_c13_repeats_of_one_note_use_one_slot_together_and_are_never_denied() -> None:
    circle = Circle()
    keys = [circle.key() for _ in range(settings().note_burst)]
    results, errors = split_results(race(partial(circle.post, keys[0]) for _ in range(20)))
    assert (len(set(results)), errors) == (1, [])
    posted = [circle.post(key) for key in keys for _ in range(3)]
    assert len(set(posted)) == settings().note_burst
    before = circle.count_writes()
    assert denied(circle.post) == settings().note_interval.total_seconds()
    assert [circle.post(key) for key in keys for _ in range(3)] == posted
    assert circle.count_writes() == before
    with pytest.raises(KeyReused):
        circle.post(replace(keys[0], body_hash="another"))


def test_c13_a_request_that_was_not_remembered_still_gets_its_result_when_the_limit_is_reached() -> None:
    circle = Circle()
    with overridden(settings, note_burst=2 * MAX_REMEMBERED_SLOTS):
        first = circle.key()
        note_id = circle.post(first)
        for _ in range(2 * MAX_REMEMBERED_SLOTS - 1):
            circle.post()
        denied(circle.post)
        assert circle.post(first) == note_id


def test_c13_a_crash_after_the_slot_loses_at_most_that_slot() -> None:
    """Whatever call fails, the repeat posts one note, and the request used one slot."""
    made: list[tuple[Circle, IdempotencyKey]] = []

    def make() -> Table:
        circle = Circle()
        made.append((circle, circle.key()))
        return circle.simulation.circles_table

    def run(table: FaultyTable) -> None:
        circle, key = made[-1]
        with contextlib.suppress(Lost, TransactionConflict, Throttled):
            circle.post(key, ports=replace(circle.simulation.circles, table=table))

    with overridden(settings, note_burst=2):
        for _ in every_fault(make, run):
            circle, key = made[-1]
            assert len({circle.post(key) for _ in range(2)}) == 1
            circle.post()
            denied(circle.post)


def test_c13_an_edit_uses_a_slot_and_its_repeat_does_not() -> None:
    circle = Circle()
    note_id = circle.post()
    rate = Rate("change", timedelta(seconds=30), 2)

    def edit(text: str, key: IdempotencyKey | None = None) -> object:
        request = ChangeRequest.of_key(key or circle.key(), rate)
        return circles.update_note(circle.simulation.circles, MEI, circle.id, note_id, request, text, ())

    keys = [circle.key(), circle.key()]
    edits = [edit("a", keys[0]), edit("b", keys[1])]
    assert denied(lambda: edit("c")) == 30
    assert edit("b", keys[1]) == edits[1]


def test_h12_the_removal_of_a_like_uses_a_slot_and_a_repeat_does_not() -> None:
    circle = Circle()
    note_id = circle.post()
    arguments = (circle.simulation.circles, HAO, circle.id, note_id)
    like, unlike = (partial(action, *arguments) for action in (circles.like_note, circles.unlike_note))
    with overridden(settings, unlike_burst=1):
        for action in (like, unlike, like):
            action()
            before = circle.count_writes()
            action()
            assert circle.count_writes() == before
        denied(unlike)
        like()
        circles.like_note(circle.simulation.circles, LIN, circle.id, note_id)


def test_h12_a_like_older_than_a_day_is_removed_without_a_slot_once_a_day() -> None:
    circle = Circle()
    note_id = circle.post()
    arguments = (circle.simulation.circles, HAO, circle.id, note_id)
    like, unlike = (partial(action, *arguments) for action in (circles.like_note, circles.unlike_note))
    with overridden(settings, unlike_burst=1, unlike_interval=timedelta(days=1)):
        like()
        circle.simulation.clock.advance(hours=23, minutes=59)
        unlike()
        like()
        denied(unlike)
        circle.simulation.clock.advance(hours=23, minutes=59)
        denied(unlike)
        circle.simulation.clock.advance(minutes=1)
        before = circle.count_writes()
        unlike()
        assert circle.count_writes() == before + 1, "the like is deleted, and no slot is used"
        like()
        unlike()  # the slot of the first day is free again
        like()
        denied(unlike)


def test_h12_a_late_removal_of_an_old_like_does_not_remove_a_newer_one() -> None:
    circle = Circle()
    note_id = circle.post()
    ports = circle.simulation.circles
    circles.like_note(ports, HAO, circle.id, note_id)
    circle.simulation.clock.advance(days=1)

    def like_again(name: str, *_: object, **__: object) -> None:
        if name == "delete":
            circles.unlike_note(ports, HAO, circle.id, note_id)
            circles.like_note(ports, HAO, circle.id, note_id)

    late = replace(ports, table=HookedTable(ports.table, like_again))
    circles.unlike_note(late, HAO, circle.id, note_id)
    assert circles.get_note(ports, HAO, circle.id, note_id).liked


def test_h12_50_removals_at_once_of_one_old_like_remove_it_once() -> None:
    circle = Circle()
    note_id = circle.post()
    arguments = (circle.simulation.circles, HAO, circle.id, note_id)
    circles.like_note(*arguments)
    circle.simulation.clock.advance(days=1)
    before = circle.count_writes()
    race(partial(circles.unlike_note, *arguments) for _ in range(50))
    assert circle.count_writes() == before + 1


def test_c12_views_change_at_most_once_per_note_and_day() -> None:
    circle = Circle()
    note_id = circle.post()
    before = circle.count_writes()
    for _ in range(20):
        circles.record_views(circle.simulation.circles, HAO, circle.id, [note_id])
    assert circle.count_writes() - before <= 2


def test_c5_joins_with_a_right_passcode_have_a_rate_limit_without_a_write_of_their_own() -> None:
    circle = Circle()
    key = circle.key(LIN)
    text, _ = circles.issue_passcode(circle.simulation.circles, LIN, circle.id, key, timedelta(days=1), 50)
    join = partial(circles.join_circle, circle.simulation.circles, HAO, text)
    for _ in range(settings().join_burst):
        join()
    assert denied(join) == settings().join_interval.total_seconds()
    assert circles.join_circle(circle.simulation.circles, MEI, text)
