"""A cloud for the session, a new simulation for each round of a race, and a line about each race."""

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
from tests.support.tables import client_of, running_endpoint, simulation_on

__all__ = ["deployed"]
HERE = Path(__file__).parent


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
    """Yields a new simulation per round, and reports at the end how long all rounds took."""

    dynamodb: Any
    name: str
    count: int
    report: Callable[[str], None]

    def __iter__(self) -> Iterator[Simulation]:
        started = time.monotonic()
        for _ in range(self.count):
            with simulation_on(self.dynamodb) as simulation:
                yield simulation
        self.report(f"{time.monotonic() - started:6.1f} s  rounds: {self.count}  {self.name}")


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
def rounds(request: pytest.FixtureRequest, dynamodb: Any, report: Callable[[str], None]) -> Rounds:
    """Run as many rounds as `RACE_ROUNDS`, or one."""
    return Rounds(dynamodb, request.node.name, int(os.environ.get("RACE_ROUNDS", "1")), report)
