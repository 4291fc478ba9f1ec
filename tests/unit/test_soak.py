"""The soak itself: a seed gives one course, and a planted defect is found, shrunk to a short course and replayed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any
from unittest import mock

import pytest

from services.chat.domain import Topics
from services.chat.usecases import picture_files, projections
from services.commerce.domain import Order
from services.commerce.repository.reserving import release_reservation
from services.commerce.usecases import reservations
from services.shared.table.items import Update
from services.shared.table.port import HasTable
from simulation.soak.actions import WEIGHTS
from simulation.soak.actors import cast
from simulation.soak.course import Step, faults_of, steps_of
from simulation.soak.invariants import INVARIANTS
from simulation.soak.running import Opening, prepare, run_course
from simulation.soak.searching import shrink
from tests.support.sampling import ALL_CASES, commit_number


@pytest.fixture(scope="module")
def opening() -> Iterator[Opening]:
    with prepare() as state:
        yield state


def _steps(seed: int, count: int) -> list[Step]:
    return list(islice(steps_of(seed, WEIGHTS), count))


def test_a_seed_gives_one_course_and_one_end(opening: Opening) -> None:
    first, second, other = (run_course(opening, _steps(seed, 100)) for seed in (1, 1, 2))
    assert (first.journal, first.state, first.statistics) == (second.journal, second.state, second.statistics)
    assert first.state != other.state
    assert not first.broken


def test_a_course_is_read_from_its_file_as_it_was_written() -> None:
    steps = _steps(3, 300)
    assert any(step.inner for step in steps)
    assert [Step.from_json(json.loads(json.dumps(step.to_json()))) for step in steps] == steps


def _closes_nothing(*_: Any) -> None:
    """The planted defect: a removed member stays subscribed."""


def _release_twice(ports: HasTable, order: Order) -> list[Update]:
    """The planted defect: an expired order returns its units twice."""
    return [
        replace(update, add={**update.add, "stock": 2 * update.add["stock"]}) for update in release_reservation(ports, order)
    ]


def _deletes_nothing(*_: Any) -> None:
    """The planted defect: the files of a recalled message stay."""


def _archive_in_place(topics: Topics, _: str) -> Topics:
    """The planted defect: the lobby still lists a topic that was archived."""
    return replace(topics, archived=topics.archived + 1)


# Finding and shrinking one takes 9 s, so a commit has one of them.
DEFECTS: list[Any] = [
    (projections, "_close_sockets", _closes_nothing, "removed_users_are_pushed_nothing", 400),
    (reservations, "release_reservation", _release_twice, "stock_is_exact", 120),
    (picture_files, "delete_files", _deletes_nothing, "files_follow_their_messages", 400),
    (Topics, "archive", _archive_in_place, "lobbies_list_their_topics", 300),
]


@pytest.mark.parametrize(
    ("where", "name", "defect", "invariant", "steps"), DEFECTS if ALL_CASES else [DEFECTS[commit_number() % len(DEFECTS)]]
)
def test_a_planted_defect_is_found_and_shrunk(
    opening: Opening, where: Any, name: str, defect: Any, invariant: str, steps: int
) -> None:
    with mock.patch.object(where, name, defect):
        found = next(each for each in (run_course(opening, _steps(seed, steps)) for seed in range(60)) if each.broken)
        assert invariant in found.broken
        shortest, _ = shrink(opening, found, seconds=60)
        replayed = run_course(opening, shortest.steps)
    assert len(shortest.steps) <= 8
    assert replayed.broken == shortest.broken
    assert not run_course(opening, shortest.steps).broken, "the course breaks nothing without the defect"


def test_the_actors_and_invariants_are_those_of_the_documents() -> None:
    actors = cast()
    assert len(actors) == 100
    assert len({actor.identity for actor in actors}) == 80
    assert all(invariant.__doc__ and invariant.__doc__.count("\n") == 0 for invariant in INVARIANTS)
    assert all(faults_of(action) or not weight or action in WEIGHTS for action, weight in WEIGHTS.items())
