"""What the services cost, measured: table units and dollars, cold starts, overhead."""

from __future__ import annotations

from simulation.environment import set_environment

set_environment()  # before any module of the services is imported
