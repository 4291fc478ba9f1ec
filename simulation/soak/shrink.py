"""Shrinking of a course that broke an invariant: replay it without some of its steps, as long as it still breaks."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace

from simulation.soak.course import QUIET, Step

Breaks = Callable[[Sequence[Step]], bool]


@dataclass
class Shrinker:
    """Leaves out steps by delta debugging, then faults of single steps.

    breaks: replays a course, and returns whether it breaks the same invariant.
    seconds: of the processor; after them the shortest course so far is returned. replays: how many courses were run.
    """

    breaks: Breaks
    seconds: float
    replays: int = 0
    started: float = field(default_factory=time.process_time)

    def shrink(self, steps: Sequence[Step], effective: Container[int]) -> list[Step]:
        """Return a course that breaks the same, of which no step can be left out.

        effective: the positions of the steps that changed something.
        """
        shortest = list(steps)
        # A course is judged at its end in any case.
        without_quiet = [step for position, step in enumerate(steps) if step.action != QUIET and position in effective]
        if self._breaks(without_quiet):
            shortest = without_quiet
        size = len(shortest) // 2
        while size and self._has_time():
            shorter = self._without_parts(shortest, size)
            size = min(size, len(shorter)) // 2 if len(shorter) == len(shortest) or size > 1 else 1
            shortest = shorter
        return self._without_faults(shortest)

    def _without_parts(self, steps: list[Step], size: int) -> list[Step]:
        """Leave out each part of `size` steps that is not needed, the last first."""
        start = (len(steps) - 1) // size * size
        while start >= 0 and self._has_time():
            shorter = steps[:start] + steps[start + size :]
            if self._breaks(shorter):
                steps = shorter
            start -= size
        return steps

    def _without_faults(self, steps: list[Step]) -> list[Step]:
        for position, step in enumerate(steps):
            if step.fault and self._has_time():
                simpler = [*steps[:position], replace(step, fault=None, at=0, inner=None), *steps[position + 1 :]]
                if self._breaks(simpler):
                    steps = simpler
        return steps

    def _breaks(self, steps: Sequence[Step]) -> bool:
        self.replays += 1
        return self.breaks(steps)

    def _has_time(self) -> bool:
        return time.process_time() - self.started < self.seconds
