"""One cloud and one stage a module; ids are fresh for every test that makes something of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.gateway import SERVICES, Gateway, open_gateway
from tests.support.stage import Stage, set_stage


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with open_gateway() as opened:
        yield opened


@pytest.fixture(scope="module")
def lasting_stage(gateway: Gateway) -> Stage:
    return set_stage(gateway)


@pytest.fixture
def stage(lasting_stage: Stage) -> Iterator[Stage]:
    """The stage as it was set, whatever a test before did to it."""
    cloud = lasting_stage.gateway.cloud
    for service in SERVICES:
        cloud.records(service)
    before = {service: len(cloud.written[service]) for service in SERVICES}
    yield lasting_stage
    for service, since in before.items():
        cloud.undo(service, since)
