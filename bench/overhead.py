"""Warm cost of our routes compared to a bare function with pydantic and to a plain Chalice route, over the table in memory."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from chalice.app import Chalice, Response
from ulid import ULID

from bench.dataset import HAO, NOTE_TEXT, dataset_of
from services.circles import app, wiring
from services.circles.schemas import NoteRequest
from services.circles.usecases import Ports
from services.shared.http.gateway import chalice_event
from services.shared.http.ports import HttpPorts
from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import new_id
from services.shared.kernel.observability import logger
from simulation.api.gateway import ApiUser, Context, gateway_event
from simulation.memory import MemoryTable
from simulation.setup.requests import CHANGE_RATE
from simulation.user_pool import TOKENS
from simulation.users import RING

HEADS = ("route", "ours ms", "bare function with pydantic", "plain Chalice route")
ROUNDS, CALLS = 7, 200
NOTES = "/circles/{circle_id}/notes"
Handler = Callable[[dict[str, Any]], Any]
notes_table = MemoryTable()
plain = Chalice(app_name="plain", configure_logs=False)


def _store_note(raw: str) -> dict[str, Any]:
    body = NoteRequest.model_validate_json(raw)
    note = {"pk": "NOTES", "sk": new_id("note"), "text": body.text, "tags": list(body.tags)}
    notes_table.put(note, when=None)
    return note


def bare(event: dict[str, Any]) -> dict[str, Any]:
    http = event["requestContext"]["http"]
    body = {"status": "ok"} if http["method"] == "GET" else _store_note(event["body"])
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


@plain.route("/health")  # type: ignore[untyped-decorator]
def health() -> dict[str, str]:
    return {"status": "ok"}


@plain.route(NOTES, methods=["POST"])  # type: ignore[untyped-decorator]
def post_note(circle_id: str) -> Response:
    return Response(_store_note(plain.current_request.raw_body.decode()), status_code=201)


def milliseconds(handler: Handler, events: Callable[[], dict[str, Any]]) -> float:
    """Return the median over rounds of the mean milliseconds of a call; events are made before the clock starts."""
    means = []
    for _ in range(ROUNDS):
        batch = [events() for _ in range(CALLS)]
        started = time.perf_counter()
        for event in batch:
            response = handler(event)
        means.append((time.perf_counter() - started) * 1000 / CALLS)
        assert response["statusCode"] in (200, 201), response
    return statistics.median(means)


def measure() -> list[tuple[str, ...]]:
    dataset = dataset_of(10)
    table = dataset.memory("circles")
    buckets: Any = (
        dataset.simulation.bucket,
        dataset.simulation.evidence,
        dataset.simulation.exports,
        dataset.simulation.user_pool,
    )
    ports = Ports(table, utc_now, new_id, RING, RING, *buckets)
    wiring.ports = lambda: ports
    app.api.http_ports = lambda: HttpPorts(table, utc_now, RING, RING, CHANGE_RATE, TOKENS)
    with Path(os.devnull).open("w") as nowhere:
        logger().registered_handler.setStream(nowhere)  # type: ignore[attr-defined]
        return [_compare("GET /health", dataset.circle), _compare("POST a note", dataset.circle)]


def _compare(name: str, circle: str) -> tuple[str, ...]:
    started, numbers = time.time(), count()

    def event() -> dict[str, Any]:
        if name.startswith("GET"):
            return gateway_event("GET", "/health/circles")
        body = {"text": NOTE_TEXT, "tags": ["观鸟"]}
        # A user's keys have different times, as those of a client; many of one millisecond would be searched among older ones.
        headers = {"idempotency-key": str(ULID.from_timestamp(started + next(numbers) / 1000))}
        return gateway_event("POST", f"/circles/{circle}/notes", by=ApiUser(HAO.user_id), body=body, headers=headers)

    def chalice_request() -> dict[str, Any]:
        route = ("/health", {}) if name.startswith("GET") else (NOTES, {"circle_id": circle})
        return chalice_event(event(), *route)

    ours = milliseconds(lambda request: app.api(request, Context()), event)
    return (
        name,
        f"{ours:.3f}",
        f"{milliseconds(bare, event):.3f}",
        f"{milliseconds(lambda request: plain(request, Context()), chalice_request):.3f}",
    )
