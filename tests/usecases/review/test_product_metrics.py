"""The product metrics of a fixture: by hand, by the service and by DuckDB, in any order and with repeats."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bench.product_archive import query_figures, write_facts
from bench.product_metrics import run
from services.review import errors
from services.review import usecases as review
from services.review.domain.product_definitions import DEFINITIONS
from services.review.domain.product_metrics import METRICS, Figure, count_days
from services.review.repository import product_metrics as repository
from services.review.usecases.product_facts import fact_of, record_fact
from services.shared.kernel.clock import rfc3339
from services.shared.kernel.errors import OperatorRequired
from services.shared.messaging.events import Event, OrderSuspected
from services.shared.table.items import Item, Query
from services.shared.table.jobs import Job, job_write
from services.shared.table.purging import PURGE
from simulation.simulation import Simulation
from simulation.streams import deliver, over_the_wire
from simulation.users import caller
from tests.support.remaining_time import time_for
from tests.usecases.review.product_fixture import BIRDS, BY_HAND, DAYS_BY_HAND, MONTH, OTHERS, china, event, fixture_events

OPERATOR = caller("operator", "operator")
NONE = Figure(0, 0, 0)


def orders_of_delivery() -> list[Sequence[Event]]:
    """The events as they occurred, backwards, and shuffled with repeats."""
    events = fixture_events()
    orders: list[Sequence[Event]] = [events, events[::-1]]
    for seed in range(3):
        repeated = [*events, *events]
        random.Random(seed).shuffle(repeated)
        orders.append(repeated)
    return orders


def with_figures(events: Sequence[Event]) -> Simulation:
    """Return a simulation in April in which the events have arrived and the night has passed."""
    simulation = Simulation()
    simulation.clock.now = china("2026-04-01T12")
    for occurred in events:
        deliver(simulation, "review", over_the_wire(occurred))
    next_night(simulation)
    return simulation


def next_night(simulation: Simulation) -> None:
    simulation.clock.advance(days=1)
    review.handle_jobs(simulation.review)


def figures_of(simulation: Simulation, circle_id: str, month: str = MONTH) -> dict[str, Figure]:
    item = simulation.review_table.get(repository.figures_key(circle_id, month)) or {}
    return {metric: Figure(*numbers) for metric, numbers in item["figures"].items()}


@pytest.mark.parametrize("events", orders_of_delivery())
def test_m20_hand_service_and_duckdb_give_the_same_numbers(events: Sequence[Event], tmp_path: Path) -> None:
    simulation = with_figures(events)
    assert figures_of(simulation, BIRDS) == BY_HAND
    facts = [fact for occurred in events if (fact := fact_of(occurred, simulation.review.metric_keys))]
    write_facts(tmp_path, facts)
    for month in ("2026-02", MONTH):
        by_sql = query_figures(tmp_path, month)
        for circle_id in (BIRDS, OTHERS):
            expected = {metric: by_sql.get(circle_id, {}).get(metric, NONE) for metric in METRICS}
            if simulation.review_table.get(repository.figures_key(circle_id, month)):
                assert figures_of(simulation, circle_id, month) == expected
    assert by_sql[BIRDS] == BY_HAND


def test_m20_days_are_counted_by_hand_and_by_the_service() -> None:
    keys = Simulation().review.metric_keys
    facts = [fact for occurred in fixture_events() if (fact := fact_of(occurred, keys)) and fact.circle_id == BIRDS]
    days = count_days(facts, MONTH)
    assert {day: days[day] for day in DAYS_BY_HAND} == DAYS_BY_HAND


def test_m20_a_late_event_corrects_the_figures_of_its_months() -> None:
    events = fixture_events()
    simulation = with_figures([occurred for occurred in events if occurred.entity_id != "o6"])
    assert figures_of(simulation, BIRDS)["repurchase"] == Figure(1, 7, 7)
    deliver(simulation, "review", late_order())
    next_night(simulation)
    assert figures_of(simulation, BIRDS) == BY_HAND


def test_m21_a_suspected_order_counts_until_the_event_and_again_once_it_is_genuine() -> None:
    simulation = with_figures([occurred for occurred in fixture_events() if not isinstance(occurred, OrderSuspected)])
    assert figures_of(simulation, BIRDS)["repurchase"] == Figure(4, 7, 7)
    suspicions = [occurred for occurred in fixture_events() if isinstance(occurred, OrderSuspected)]
    for occurred in suspicions:
        if occurred.data.state == "suspected":
            deliver(simulation, "review", over_the_wire(occurred))
    next_night(simulation)
    figures = figures_of(simulation, BIRDS)
    assert (figures["repurchase"], figures["closed_loop"]) == (Figure(1, 6, 6), Figure(4, 4, 4))  # also without o5 and o10
    for occurred in suspicions[::-1]:
        deliver(simulation, "review", over_the_wire(occurred))
    next_night(simulation)
    assert figures_of(simulation, BIRDS) == BY_HAND


def test_m20_the_platform_has_the_sums_of_its_circles_for_operators_alone() -> None:
    simulation = with_figures(fixture_events())
    metrics = review.get_product_metrics(simulation.review, OPERATOR, MONTH)
    assert (metrics.circles, metrics.is_complete) == (2, True)
    assert metrics.figures["interest_chats"] == Figure(6, 7, 5)
    assert {metric: metrics.definitions[metric]["zh"] for metric in METRICS} == {
        metric: definition.zh for metric, definition in DEFINITIONS.items()
    }
    with pytest.raises(OperatorRequired):
        review.get_product_metrics(simulation.review, caller("mei"), MONTH)
    with pytest.raises(errors.ProductMetricsNotFound):
        review.get_product_metrics(simulation.review, OPERATOR, "2026-05")


def test_m20_no_figure_is_about_fewer_than_5_people() -> None:
    shown = {metric for metric, figure in BY_HAND.items() if figure.is_shown}
    assert {"other_opens", "pictures_per_note", "first_reply", "retention_after_2_months"}.isdisjoint(shown)
    few = Figure(1, 1, 3)
    assert not (few + few).is_shown  # the same 3 people can be members of both circles
    assert not Figure(0, 0, 9).is_shown


def test_m20_a_circle_without_events_is_counted_in_each_month() -> None:
    simulation = with_figures(fixture_events())
    for _ in range(3):
        simulation.clock.advance(days=31)
        review.handle_jobs(simulation.review)
    assert figures_of(simulation, BIRDS, "2026-06")["survival"] == Figure(0, 1, 0)


def test_m20_figures_come_after_all_other_jobs_and_are_finished_over_several_runs() -> None:
    """The figures of all circles are due in one night; an export that is requested then does not wait for them."""
    simulation = with_figures(fixture_events())
    deliver(simulation, "review", late_order())
    simulation.clock.advance(days=1)
    before = {month: computed_at(simulation, month) for month in ("2026-02", MONTH)}
    other = Job(PURGE, BIRDS, simulation.clock.now)
    simulation.review_table.put(job_write(other).item, when=None)
    review.handle_jobs(simulation.review, time_for(1))
    assert simulation.review_table.get(other.key) is None
    steps = 0
    while due_figures(simulation):
        simulation.clock.advance(minutes=1)
        review.handle_jobs(simulation.review, time_for(2))
        steps += 1
    assert steps > 1
    assert all(computed_at(simulation, month) > at for month, at in before.items())
    assert figures_of(simulation, BIRDS) == BY_HAND


def late_order() -> Event:
    return [occurred for occurred in fixture_events() if occurred.entity_id == "o6"][-1]


def computed_at(simulation: Simulation, month: str) -> int:
    return int((simulation.review_table.get(repository.figures_key(BIRDS, month)) or {})["computed_at"])


def due_figures(simulation: Simulation) -> list[Item]:
    last = rfc3339(simulation.clock.now)
    return list(simulation.review_table.query(Query(pk=repository.FIGURE_JOBS, last=last, limit=100)).items)


def test_m20_facts_and_figures_name_no_user_note_or_order() -> None:
    simulation = with_figures([with_long_ids(occurred) for occurred in fixture_events()])
    items = simulation.memory("review").all_items()
    stored = str([item for item in items if item["pk"].startswith(("FACTS#", "FIGURES#"))])
    assert stored.count("FACTS#") > 50
    assert not any(word in stored for word in ("note_", "ord_", "com_", "user-"))


def with_long_ids(occurred: Event) -> Event:
    data = occurred.model_dump(mode="json")["data"]
    longer = {name: f"user-{value}" for name, value in data.items() if name in ("user_id", "author_id", "buyer_id")}
    envelope = (type(occurred), occurred.entity_id, occurred.occurred_at, occurred.entity_version)
    return event(*envelope, **data | longer)


def test_m20_a_repeat_costs_half_a_read_unit_and_no_write() -> None:
    simulation = with_figures(fixture_events())
    before = len(simulation.memory("review").stream)
    for occurred in fixture_events():
        if "Membership" not in occurred.name() and "Order" not in occurred.name():
            record_fact(simulation.review, occurred)
    planned = simulation.memory("review").stream[before:]
    assert {new["pk"] for _, new in planned if new} == {repository.FIGURE_JOBS}
    assert simulation.clock.now - china("2026-04-01T12") == timedelta(days=1)


def test_m20_a_small_bench_has_no_difference_between_service_and_duckdb(tmp_path: Path) -> None:
    result = run(members=60, months=3, folder=tmp_path)
    assert result.differences == 0
    assert result.facts > 1000
