"""C7: the limits on guesses hold in every 10 minutes, also where two windows of the counters meet."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.circles import errors
from services.circles.domain.attempts import PARTS, PasscodeAttempts, part_start, window_start, windows_to_alarm
from services.circles.repository import wrong_guesses as repository
from services.circles.settings import settings as circles_settings
from services.circles.usecases.stream import handle_changes
from services.shared.kernel.clock import rfc3339
from services.shared.messaging.stream import Change
from services.shared.table.items import Item, Key
from simulation.memory import MemoryTable
from simulation.settings import overridden
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from tests.usecases.circles.test_passcodes import all_items, guess

EDGE = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)  # where two windows of 10 minutes meet
WINDOW = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
NETWORK = "198.51.100.0/24"
TIMES = st.lists(st.integers(0, 2400).map(lambda seconds: EDGE + seconds * SECOND), max_size=40).map(sorted)


def test_the_edge_of_these_tests_is_one() -> None:
    assert window_start(EDGE) == part_start(EDGE) == EDGE
    assert window_start(EDGE - SECOND) == EDGE - WINDOW


def alarms(simulation: Simulation) -> list[Item]:
    return [item for item in all_items(simulation) if item["pk"] == "ALARM"]


def guesses_of_network(simulation: Simulation, network: str, at: datetime, times: int) -> None:
    for _ in range(times):
        repository.increment_wrong_guesses(simulation.circles_table, network, at)


# accounts


@pytest.mark.parametrize("before", [1, 2, 3, 4])
def test_c7_five_wrong_passcodes_on_both_sides_of_an_edge_lock_the_user(before: int) -> None:
    simulation = Simulation()
    simulation.clock.now = EDGE - SECOND
    assert [guess(simulation) for _ in range(before)] == ["wrong"] * before
    simulation.clock.now = EDGE + SECOND
    assert [guess(simulation) for _ in range(4)] == ["wrong"] * (5 - before) + ["locked"] * (before - 1)


@given(TIMES)
def test_c7_a_user_is_locked_by_five_wrong_passcodes_in_any_ten_minutes(times: list[datetime]) -> None:
    attempts, counted, locked_until = PasscodeAttempts("u"), [], EDGE
    for at in times:
        if at < locked_until:
            with pytest.raises(errors.PasscodeLocked):
                attempts.add(at=at)
            continue
        attempts = attempts.add(at=at)
        counted.append(at)
        if sum(at - WINDOW < earlier for earlier in counted) >= 5:
            locked_until = at + timedelta(minutes=30)


# networks


@pytest.mark.parametrize("before", [1, 100, 199])
def test_c7_a_network_is_locked_by_guesses_on_both_sides_of_an_edge(before: int) -> None:
    simulation = Simulation()
    simulation.clock.now = EDGE - SECOND
    guesses_of_network(simulation, NETWORK, EDGE - SECOND, before - 1)
    assert guess(simulation, "bot", ip="198.51.100.1") == "wrong"
    simulation.clock.now = EDGE + SECOND
    guesses_of_network(simulation, NETWORK, EDGE + SECOND, 200 - before - 1)
    assert guess(simulation, "bot", ip="198.51.100.1") == "wrong"  # the 200th
    assert guess(simulation, "bot", ip="198.51.100.1") == "locked"
    simulation.clock.advance(minutes=12)
    assert guess(simulation, "bot", ip="198.51.100.1") == "wrong"


@given(TIMES)
def test_c7_the_count_of_a_network_has_all_of_ten_minutes_and_at_most_one_minute_more(times: list[datetime]) -> None:
    table, now = MemoryTable({}), max(times, default=EDGE)
    for at in times:
        repository.increment_wrong_guesses(table, NETWORK, at)
    counted = repository.count_wrong_guesses(table, NETWORK, now)
    in_window, in_longer = (
        sum(now - length < at for at in times) for length in (WINDOW, WINDOW + WINDOW / PARTS + timedelta(microseconds=1))
    )
    assert in_window <= counted <= in_longer


# the platform


def wrong(simulation: Simulation, at: datetime, number: int) -> None:
    for index in range(10):
        guesses_of_network(simulation, f"10.0.{index}.0/24", at, number // 10)


@pytest.mark.parametrize(("before", "after"), [(900, 900), (990, 10), (10, 990), (500, 500)])
def test_c7_a_thousand_wrong_passcodes_on_both_sides_of_an_edge_raise_one_alarm(before: int, after: int) -> None:
    simulation = Simulation()
    simulation.clock.now = EDGE - 30 * SECOND
    wrong(simulation, EDGE - 30 * SECOND, before)
    handle_new_changes(simulation, "circles")
    assert alarms(simulation) == []
    simulation.clock.now = EDGE + 31 * SECOND
    wrong(simulation, EDGE + 31 * SECOND, after)
    handle_new_changes(simulation, "circles")
    (alarm,) = alarms(simulation)
    assert alarm["wrong_guesses"] >= 1000
    assert alarm["outbox"].startswith("GuessingAlarmRaised:")


def test_c7_fewer_than_a_thousand_in_eleven_minutes_raise_no_alarm() -> None:
    simulation = Simulation()
    for minutes in range(0, 60, 12):
        wrong(simulation, EDGE + timedelta(minutes=minutes), 990)
    handle_new_changes(simulation, "circles")
    assert alarms(simulation) == []


def test_c7_an_attack_of_an_hour_raises_one_alarm_per_window() -> None:
    simulation = Simulation()
    for minutes in range(60):
        wrong(simulation, EDGE + timedelta(minutes=minutes), 200)
        handle_new_changes(simulation, "circles")
    assert [alarm["sk"][11:16] for alarm in alarms(simulation)] == ["04:00", "04:10", "04:20", "04:30", "04:40", "04:50"]


def change_of(network: int, at: datetime, number: int) -> Change:
    key = Key(f"NETWORK#10.0.{network}.0/24", f"GUESSES#{rfc3339(part_start(at))}")
    return Change(f"{network}-{at}", key, None, {**key.attributes(), "wrong_guesses": number})


@pytest.mark.parametrize("late", [0, 1])
def test_c7_an_alarm_is_raised_although_a_shard_of_the_stream_is_late(late: int) -> None:
    """Each network has one shard. The part that completes the number can be an earlier one."""
    simulation, parts = Simulation(), [change_of(1, EDGE - SECOND, 600), change_of(2, EDGE + timedelta(minutes=8), 600)]
    handle_changes(simulation.circles, [parts[1 - late]])
    assert alarms(simulation) == []
    for _ in range(2):
        handle_changes(simulation.circles, [parts[late]])
        assert [alarm["sk"] for alarm in alarms(simulation)] == ["2026-03-05T04:00:00.000Z"]


@given(TIMES, st.integers(2, 12))
def test_c7_every_ten_minutes_with_the_limit_are_detected_and_none_below_it_in_eleven(
    times: list[datetime], limit: int
) -> None:
    found = windows_to_alarm(Counter(map(part_start, times)), limit)
    for at in times:
        if sum(at - WINDOW < other <= at for other in times) >= limit:
            assert found[window_start(at)] >= limit
    # The parts that are counted together begin at most 11 minutes before the end of the last one.
    if max((sum(at <= other <= at + WINDOW * 1.1 for other in times) for at in times), default=0) < limit:
        assert found == {}


@pytest.mark.parametrize("window", [timedelta(minutes=1), timedelta(hours=12), timedelta(seconds=4321)])
def test_c7_the_limits_hold_for_every_length_of_the_window(window: timedelta) -> None:
    with overridden(circles_settings, guess_window=window):
        for shift in (timedelta(0), window / 3, window * 0.95):
            start = EDGE + shift
            times: list[Any] = [start, start + window - SECOND]
            found = windows_to_alarm(Counter(map(part_start, times)), 2)
            assert found == {window_start(times[1]): 2}
            assert windows_to_alarm(Counter(map(part_start, [start, start + window * 1.2])), 2) == {}
