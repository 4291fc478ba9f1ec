"""Each provider that the suite covers, new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.provider.harness import HARNESSES, Harness, Sandbox, sandbox


@pytest.fixture(params=HARNESSES)
def at(request: pytest.FixtureRequest) -> Iterator[Harness]:
    with HARNESSES[request.param]() as harness:
        yield harness


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox() as harness:
        yield harness
