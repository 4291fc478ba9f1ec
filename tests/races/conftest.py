"""A cloud for the session, a new simulation for each round of a race, and a line about each race.

A race runs on tables in memory, whose calls sometimes wait, so that its threads take turns between them. It also runs on
the laptop cloud, at the price of some 3 ms of CPU per table call: in `make test` an eighth of the races, another eighth at the
next commit; in `make races` all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from simulation.settings import relax_limits
from simulation.simulation import Simulation
from tests.support.laptop import deployed
from tests.support.sampling import is_due
from tests.support.tables import client_of, running_endpoint, simulation_in_memory, simulation_on

__all__ = ["deployed"]
HERE = Path(__file__).parent
ROUNDS = int(os.environ.get("RACE_ROUNDS", "0"))  # on each kind of table; 0: few, as in `make test`
MEMORY_ROUNDS = ROUNDS or 2
SHARES = 8  # `make test` runs one of so many shares of the races on the laptop cloud


def cloud_rounds(name: str) -> int:
    """Return how many rounds a race runs on the laptop cloud."""
    return ROUNDS or int(is_due(name, shares=SHARES))


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives the races over the deployed stacks, which share tables, to one process. Each other race has its own tables.

    The groups of `--dist loadgroup` are not in force: xdist 3.8 names them in node ids, which pytest 9 does not let it change.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "deployed" if Path(nodeid.partition("::")[0]).parent.name == HERE.name else nodeid


@pytest.hookimpl(optionalhook=True)  # for runs without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


def pytest_itemcollected(item: pytest.Item) -> None:
    if "deployed" in getattr(item, "fixturenames", ()) and item.path.parent != HERE:
        raise pytest.UsageError(f"{item.nodeid} uses the deployed stacks, so its file must be in {HERE.name}")


@dataclass
class Rounds:
    """Yields a new simulation per round, in memory and on the laptop cloud, and reports at the end how long all rounds took."""

    dynamodb: Callable[[], Any]
    name: str
    report: Callable[[str], None]

    def __iter__(self) -> Iterator[Simulation]:
        started, on_cloud = time.monotonic(), cloud_rounds(self.name)
        for _ in range(MEMORY_ROUNDS):
            yield simulation_in_memory()
        for _ in range(on_cloud):
            with simulation_on(self.dynamodb()) as simulation:
                yield simulation
        seconds = time.monotonic() - started
        self.report(f"{seconds:6.1f} s  rounds: {MEMORY_ROUNDS} in memory, {on_cloud} on the cloud  {self.name}")


@pytest.fixture(autouse=True)
def relaxed_rate_limits(settings_reset: None) -> None:
    """A race starts more calls of one user at once than the rate limits let pass; tests/usecases has races for those."""
    relax_limits()


@pytest.fixture(scope="session")
def dynamodb() -> Iterator[Any]:
    with running_endpoint() as endpoint:
        yield client_of(endpoint)


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line at once, whether output is captured or not."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def line(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{text}", end="", flush=True)

    return line


@pytest.fixture
def rounds(request: pytest.FixtureRequest, report: Callable[[str], None]) -> Rounds:
    """Run as many rounds as `RACE_ROUNDS` on each kind of table, or few."""
    return Rounds(lambda: request.getfixturevalue("dynamodb"), request.node.name, report)
