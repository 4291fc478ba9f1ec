"""The stand-in of the function that pushes a part of what is pushed to a room."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from services.chat.usecases import PushPart, push_part

if TYPE_CHECKING:
    from simulation.simulation import Simulation


class FakePushParts:
    """Stores what is handed over, as JSON, until a test or the driver runs it. handed_over: the parts that were not run yet."""

    def __init__(self) -> None:
        self.handed_over: list[dict[str, Any]] = []

    def hand_over(self, part: dict[str, Any]) -> None:
        self.handed_over.append(json.loads(json.dumps(part)))

    def take(self) -> list[dict[str, Any]]:
        """Return the parts that wait, and let them wait no more."""
        waiting, self.handed_over = self.handed_over, []
        return waiting


def push_waiting_parts(simulation: Simulation) -> int:
    """Run the parts that were handed over, with those that they hand over; return how many there were."""
    count = 0
    while parts := simulation.push_parts.take():
        for part in parts:
            push_part(simulation.chat, PushPart(**part))
        count += len(parts)
    return count
