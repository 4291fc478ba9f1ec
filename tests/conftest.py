"""Sets the environment of every test."""

from __future__ import annotations

from simulation.environment import set_environment

set_environment()
