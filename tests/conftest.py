"""Sets the environment of every test, and resets the settings of every service around it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulation.environment import set_environment

set_environment()


@pytest.fixture(autouse=True)
def settings_reset() -> Iterator[None]:
    from simulation.settings import reset_settings

    reset_settings()
    yield
    reset_settings()
