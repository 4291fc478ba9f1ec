"""The actions of the scenarios that rename a circle, without and with a teaser."""

from __future__ import annotations

from typing import Any

from services.review import usecases as review
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, LIN
from tests.kill.scenario import Scenario

KEY = new_key(LIN)


def rename_circle(simulation: Simulation) -> Any:
    return review.rename_circle(simulation.review, LIN, CIRCLE, KEY, "河口观鸟")


NAMES = (
    Scenario("rename-circle", rename_circle, "activate-circle"),
    Scenario("rename-listed-circle", rename_circle, "set-teaser"),
)
