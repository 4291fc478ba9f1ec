"""Whether a clock tells a circle that is there from one that is not: each reading route asked by a stranger about both, in
turns; the difference against what two halves of the same question differ by."""

from __future__ import annotations

import contextlib
import io
import statistics
import time

from services.shared.kernel.observability import logger
from simulation.api.fixture import Stage, set_stage, unknown_ids
from simulation.api.gateway import open_gateway
from simulation.api.operations import Operation, operations

HEADS = ("service", "routes asked", "ms, median", "there - not there, % of it", "same question twice, % of it")
ROUNDS = 60


def measure() -> list[tuple[str, ...]]:
    reading = [one for one in operations() if one.method == "GET" and "circle_id" in one.ids]
    level = logger().log_level
    logger().setLevel("CRITICAL")
    with contextlib.redirect_stdout(io.StringIO()), open_gateway() as gateway:
        stage = set_stage(gateway)
        rows = [_row(stage, service, [one for one in reading if one.service == service]) for service in _services(reading)]
    logger().setLevel(level)
    return rows


def _services(reading: list[Operation]) -> list[str]:
    return sorted({one.service for one in reading})


def _row(stage: Stage, service: str, routes: list[Operation]) -> tuple[str, ...]:
    """Each route's medians; the row has the median over routes."""
    found = [_compare(stage, one) for one in routes]
    middle = statistics.median(both for both, _, _ in found)
    apart = statistics.median(difference for _, difference, _ in found)
    noise = statistics.median(abs(noise) for _, _, noise in found)
    return service, str(len(routes)), f"{middle:.2f}", f"{apart / middle * 100:+.1f}", f"{noise / middle * 100:.1f}"


def _compare(stage: Stage, operation: Operation) -> tuple[float, float, float]:
    """Milliseconds of both kinds together, real minus unknown, and one half of the real ones minus the other."""
    real, unknown, stranger = stage.place(operation), {**stage.place(operation), **unknown_ids()}, stage.people["stranger"]
    times: dict[str, list[float]] = {"real": [], "unknown": [], "again": []}
    for turn in range(ROUNDS):
        kinds = [("real", real), ("unknown", unknown), ("again", real)]
        for kind, ids in kinds[turn % 3 :] + kinds[: turn % 3]:
            path, begun = operation.path(ids), time.perf_counter()
            stage.gateway.call(operation.service, "GET", path, by=stranger)
            times[kind].append((time.perf_counter() - begun) * 1000)
    medians = {kind: statistics.median(some) for kind, some in times.items()}
    both = (medians["real"] + medians["unknown"]) / 2
    return both, medians["real"] - medians["unknown"], medians["real"] - medians["again"]
