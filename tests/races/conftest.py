"""A cloud for the session, a fresh world for each round of a race, and a line about each race."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from simulation.simulation import World
from tests.support.laptop import deployed
from tests.support.tables import client_of, running_endpoint, world_on

__all__ = ["deployed"]


@dataclass
class Rounds:
    """Iterating gives a new world each time, and tells at the end how long it all took."""

    dynamodb: Any
    name: str
    count: int
    say: Callable[[str], None]

    def __iter__(self) -> Iterator[World]:
        begun = time.monotonic()
        for _ in range(self.count):
            with world_on(self.dynamodb) as world:
                yield world
        self.say(f"{time.monotonic() - begun:6.1f} s  rounds: {self.count}  {self.name}")


@pytest.fixture(scope="session")
def dynamodb() -> Iterator[Any]:
    with running_endpoint() as endpoint:
        yield client_of(endpoint)


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line at once, whether output is captured or not."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def line(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{text}", end="", flush=True)

    return line


@pytest.fixture
def rounds(request: pytest.FixtureRequest, dynamodb: Any, say: Callable[[str], None]) -> Rounds:
    """One, unless `RACE_ROUNDS` says how many."""
    return Rounds(dynamodb, request.node.name, int(os.environ.get("RACE_ROUNDS", "1")), say)
