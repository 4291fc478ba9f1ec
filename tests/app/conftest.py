"""One simulated cloud for all tests here; each test starts with the same data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulation.api.build import build_api_fixture
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Gateway, open_gateway


@pytest.fixture(scope="package")
def gateway() -> Iterator[Gateway]:
    with open_gateway() as opened:
        yield opened


@pytest.fixture(scope="package")
def lasting_api(gateway: Gateway) -> ApiFixture:
    return build_api_fixture(gateway)


@pytest.fixture(scope="package")
def other_api(gateway: Gateway, lasting_api: ApiFixture) -> ApiFixture:
    """Another circle with other users."""
    return build_api_fixture(gateway)


@pytest.fixture
def api(lasting_api: ApiFixture) -> Iterator[ApiFixture]:
    """The fixture without the changes of earlier tests."""
    with lasting_api.gateway.cloud.reverted():
        yield lasting_api
    lasting_api.gateway.sockets.pushes.clear()
