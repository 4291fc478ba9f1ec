"""Lifts the rate limits of users: a scenario does much at one moment of its clock. Tests of limits restore the defaults."""

from __future__ import annotations

import pytest

from simulation.settings import relax_limits


@pytest.fixture(autouse=True)
def relaxed_rate_limits(settings_reset: None) -> None:
    relax_limits()
