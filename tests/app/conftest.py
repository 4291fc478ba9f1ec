"""One cloud and one stage for all tests here; each test finds the stage as it was set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulation.api.fixture import Stage, set_stage
from simulation.api.gateway import Gateway, open_gateway


@pytest.fixture(scope="package")
def gateway() -> Iterator[Gateway]:
    with open_gateway() as opened:
        yield opened


@pytest.fixture(scope="package")
def lasting_stage(gateway: Gateway) -> Stage:
    return set_stage(gateway)


@pytest.fixture(scope="package")
def other_stage(gateway: Gateway, lasting_stage: Stage) -> Stage:
    """Another circle with other people, as real as the first."""
    return set_stage(gateway)


@pytest.fixture
def stage(lasting_stage: Stage) -> Iterator[Stage]:
    """The stage as it was set, whatever a test before did to it."""
    with lasting_stage.gateway.cloud.undone():
        yield lasting_stage
    lasting_stage.gateway.sockets.pushes.clear()
