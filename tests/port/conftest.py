"""The three backends of the table's port. Memory and moto need no network; MiniStack is a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.shared.table.port import Table
from tests.support import backends
from tests.support.backends import Backend


@pytest.fixture(scope="session")
def laptop() -> Iterator[Backend]:
    with backends.ministack() as backend:
        yield backend


@pytest.fixture(scope="module")
def moto() -> Iterator[Backend]:
    with backends.moto() as backend:
        yield backend


@pytest.fixture(scope="module", params=["memory", "moto", pytest.param("ministack", marks=pytest.mark.cloud)])
def backend(request: pytest.FixtureRequest) -> Backend:
    if request.param == "memory":
        return backends.MEMORY
    backend: Backend = request.getfixturevalue("moto" if request.param == "moto" else "laptop")
    return backend


@pytest.fixture
def table(backend: Backend) -> Table:
    return backend.make()
