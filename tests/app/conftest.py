"""One simulated cloud for all tests here; each test starts with the same data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulation.api.build import build_api_fixture
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Gateway, open_gateway


@pytest.fixture(scope="package")
def lasting_gateway() -> Iterator[Gateway]:
    with open_gateway() as opened:
        yield opened


@pytest.fixture(scope="package")
def lasting_api(lasting_gateway: Gateway) -> ApiFixture:
    return build_api_fixture(lasting_gateway)


@pytest.fixture(scope="package")
def other_api(lasting_gateway: Gateway, lasting_api: ApiFixture) -> ApiFixture:
    """Another circle with other users."""
    return build_api_fixture(lasting_gateway)


@pytest.fixture
def gateway(lasting_gateway: Gateway) -> Iterator[Gateway]:
    """The gateway without the changes of earlier tests."""
    with lasting_gateway.cloud.reverted():
        yield lasting_gateway
    lasting_gateway.sockets.pushes.clear()


@pytest.fixture
def api(lasting_api: ApiFixture, gateway: Gateway) -> ApiFixture:
    """The fixture without the changes of earlier tests."""
    return lasting_api
