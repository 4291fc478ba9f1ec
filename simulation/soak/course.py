"""A course: the steps that derive from a seed, how one is run, and what was observed on the way."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simulation.soak.faults import OF_PROVIDER, OF_SOCKETS, OF_TABLES, StepFault

QUIET, NIGHTS = "quiet", "nights"
STEPS_BETWEEN_QUIET = 80
QUIET_POINTS_BETWEEN_NIGHTS = 5
FAULT_SHARE = 0.4
USING_PROVIDER = ("place_order", "start_payment", "run_schedule")
USING_SOCKETS = ("send_message", "send_over_socket", "pin_message")
WITHOUT_CALLS = ("sign_in", "complete_payment", QUIET, NIGHTS)
CALLS = (1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7, 8, 10, 14)  # at which the fault of a step can occur


@dataclass(frozen=True)
class Step:
    """One step of a course.

    action: its kind. seed: of its choices. fault, at: what happens at which call of it.
    inner: the step that runs between two calls of this one.
    """

    action: str
    seed: int
    fault: StepFault | None = None
    at: int = 0
    inner: Step | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Step:
        inner = cls.from_json(values["inner"]) if values["inner"] else None
        return cls(
            values["action"], values["seed"], StepFault(values["fault"]) if values["fault"] else None, values["at"], inner
        )


def steps_of(seed: int, weights: dict[str, int]) -> Iterator[Step]:
    """Yield the steps of a seed without an end, with a quiet point after every 80. weights: how often each action occurs."""
    randomness = random.Random(seed)
    names, chances = list(weights), list(weights.values())
    quiet_points = 0
    while True:
        for _ in range(STEPS_BETWEEN_QUIET):
            yield _step(randomness, names, chances)
        quiet_points += 1
        if quiet_points % QUIET_POINTS_BETWEEN_NIGHTS == 0:
            yield Step(NIGHTS, randomness.getrandbits(48))
        yield Step(QUIET, randomness.getrandbits(48))


def _step(randomness: random.Random, names: Sequence[str], chances: Sequence[int]) -> Step:
    (action,) = randomness.choices(names, chances)
    seed = randomness.getrandbits(48)
    if randomness.random() >= FAULT_SHARE:
        return Step(action, seed)
    fault = randomness.choice(faults_of(action) or (None,))
    inner = None
    if fault is StepFault.BETWEEN:
        (inner_action,) = randomness.choices(names, chances)
        inner = Step(inner_action, randomness.getrandbits(48))
    at = 1 if fault in OF_PROVIDER else randomness.choice(CALLS)
    return Step(action, seed, fault, at, inner)


def faults_of(action: str) -> tuple[StepFault, ...]:
    """Return the faults that can occur in an action."""
    if action in WITHOUT_CALLS:
        return ()
    own = OF_PROVIDER if action in USING_PROVIDER else OF_SOCKETS if action in USING_SOCKETS else ()
    return (*OF_TABLES, *own, *own)
