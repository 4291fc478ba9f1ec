"""Sets the environment of every test, and resets the settings of every service around it.

Hypothesis draws the same examples in every run, without a deadline: a slow machine breaks no test.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import hypothesis
import pytest

from simulation.environment import set_environment

set_environment()
hypothesis.settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def settings_reset() -> Iterator[None]:
    from simulation.settings import reset_settings

    reset_settings()
    yield
    reset_settings()


def pytest_collection_finish() -> None:
    """Leave what is imported out of garbage collections, and collect less often: a tenth of the time of the tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_unconfigure() -> None:
    gc.unfreeze()  # otherwise a library of codes warns that its objects are left
