"""Warm cost of a route of ours against a bare function with pydantic and a plain Chalice route, over the table in memory."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chalice.app import Chalice, Response

from bench.scene import HAO, NOTE_TEXT, scene_of
from services.circles import app, wiring
from services.circles.schemas import NoteRequest
from services.circles.usecases import Ports
from services.shared.http.edge import Edge
from services.shared.http.gateway import chalice_event
from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import new_id
from services.shared.kernel.observability import logger
from simulation.api.gateway import (
    Context,
    Person,
    fresh_key,
    gateway_event,
)
from simulation.memory import MemoryTable
from simulation.simulation import RING

HEADS = ("route", "ours ms", "bare function with pydantic", "plain Chalice route")
ROUNDS, CALLS = 7, 200
NOTES = "/circles/{circle_id}/notes"
Handler = Callable[[dict[str, Any]], Any]
kept = MemoryTable()
plain = Chalice(app_name="plain", configure_logs=False)


def _keep(raw: str) -> dict[str, Any]:
    body = NoteRequest.model_validate_json(raw)
    note = {"pk": "NOTES", "sk": new_id("nte"), "text": body.text, "tags": list(body.tags)}
    kept.put(note, when=None)
    return note


def bare(event: dict[str, Any]) -> dict[str, Any]:
    about = event["requestContext"]["http"]
    answer = {"status": "ok"} if about["method"] == "GET" else _keep(event["body"])
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(answer)}


@plain.route("/health")  # type: ignore[untyped-decorator]
def health() -> dict[str, str]:
    return {"status": "ok"}


@plain.route(NOTES, methods=["POST"])  # type: ignore[untyped-decorator]
def post_note(circle_id: str) -> Response:
    return Response(_keep(plain.current_request.raw_body.decode()), status_code=201)


def milliseconds(handler: Handler, events: Callable[[], dict[str, Any]]) -> float:
    """Median over rounds of a call's mean; events are made before the clock starts."""
    found = []
    for _ in range(ROUNDS):
        made = [events() for _ in range(CALLS)]
        begun = time.perf_counter()
        for event in made:
            answer = handler(event)
        found.append((time.perf_counter() - begun) * 1000 / CALLS)
        assert answer["statusCode"] in (200, 201), answer
    return statistics.median(found)


def measure() -> list[tuple[str, ...]]:
    scene = scene_of(10)
    table = scene.memory("circles")
    wiring.ports = lambda: Ports(table, utc_now, new_id, RING, scene.world.bucket)  # type: ignore[arg-type]
    app.api.edge = lambda: Edge(table, utc_now, RING, RING)
    with Path(os.devnull).open("w") as nowhere:
        logger().registered_handler.setStream(nowhere)  # type: ignore[attr-defined]
        return [_compared("GET /health", scene.circle), _compared("POST a note", scene.circle)]


def _compared(name: str, circle: str) -> tuple[str, ...]:
    def event() -> dict[str, Any]:
        if name.startswith("GET"):
            return gateway_event("GET", "/health")
        body = {"text": NOTE_TEXT, "tags": ["观鸟"]}
        headers = {"idempotency-key": fresh_key()}
        return gateway_event("POST", f"/circles/{circle}/notes", by=Person(HAO.user_id), body=body, headers=headers)

    def old_event() -> dict[str, Any]:
        found = ("/health", {}) if name.startswith("GET") else (NOTES, {"circle_id": circle})
        return chalice_event(event(), *found)

    ours = milliseconds(lambda one: app.api(one, Context()), event)
    return (
        name,
        f"{ours:.3f}",
        f"{milliseconds(bare, event):.3f}",
        f"{milliseconds(lambda one: plain(one, Context()), old_event):.3f}",
    )
