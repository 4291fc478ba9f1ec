"""Whether response times reveal that a circle exists.

A stranger calls each reading route for an existing circle and for an unknown one, in turns. The difference is compared to the
difference between two equal calls.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import time

from services.shared.kernel.observability import logger
from simulation.api.build import build_api_fixture
from simulation.api.fixture import ApiFixture, unknown_ids
from simulation.api.gateway import open_gateway
from simulation.api.operations import Operation, operations

HEADS = ("service", "routes", "ms, median", "existing - unknown, % of it", "two equal calls, % of it")
ROUNDS = 60


def measure() -> list[tuple[str, ...]]:
    reading = [operation for operation in operations() if operation.method == "GET" and "circle_id" in operation.ids]
    level = logger().log_level
    logger().setLevel("CRITICAL")
    with contextlib.redirect_stdout(io.StringIO()), open_gateway() as gateway:
        api = build_api_fixture(gateway)
        services = sorted({operation.service for operation in reading})
        rows = [_row(api, service, [route for route in reading if route.service == service]) for service in services]
    logger().setLevel(level)
    return rows


def _row(api: ApiFixture, service: str, routes: list[Operation]) -> tuple[str, ...]:
    """Return the medians over the routes of a service."""
    medians = [_compare(api, route) for route in routes]
    middle = statistics.median(both for both, _, _ in medians)
    apart = statistics.median(difference for _, difference, _ in medians)
    noise = statistics.median(abs(noise) for _, _, noise in medians)
    return service, str(len(routes)), f"{middle:.2f}", f"{apart / middle * 100:+.1f}", f"{noise / middle * 100:.1f}"


def _compare(api: ApiFixture, operation: Operation) -> tuple[float, float, float]:
    """Return in ms the mean of existing and unknown, existing minus unknown, and the difference of two equal calls."""
    real, unknown, stranger = (api.path_ids(operation), {**api.path_ids(operation), **unknown_ids()}, api.users["stranger"])
    times: dict[str, list[float]] = {"real": [], "unknown": [], "again": []}
    for turn in range(ROUNDS):
        kinds = [("real", real), ("unknown", unknown), ("again", real)]
        for kind, ids in kinds[turn % 3 :] + kinds[: turn % 3]:
            path, started = operation.path(ids), time.perf_counter()
            api.gateway.call(operation.service, "GET", path, by=stranger)
            times[kind].append((time.perf_counter() - started) * 1000)
    medians = {kind: statistics.median(measured) for kind, measured in times.items()}
    both = (medians["real"] + medians["unknown"]) / 2
    return both, medians["real"] - medians["unknown"], medians["real"] - medians["again"]
