"""Data exports, brought to their end by all services."""

from __future__ import annotations

from typing import Any

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.circles.domain.export import Export, ExportKind
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.shared.messaging.events import ExportRequested, PartsExported
from services.shared.security.auth import Caller
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, published_events
from simulation.users import new_key

OTHERS: dict[str, Any] = {"chat": chat, "commerce": commerce, "review": review}


def run_export(simulation: Simulation, circle_id: str, user: Caller, kind: ExportKind) -> Export:
    """Request an export, let all services write their parts, and return it."""
    key = new_key(user, now=simulation.clock.now)
    export = circles.create_export(simulation.circles, user, circle_id, key, kind)
    circles.handle_schedule(simulation.circles)
    for requested in published_events("circles", all_changes(simulation, "circles")):
        if isinstance(requested, ExportRequested) and requested.data.export_id == export.id:
            for service in OTHERS:
                _write_parts(simulation, service, requested)
    circles.handle_schedule(simulation.circles)
    return circles.get_export(simulation.circles, user, circle_id, export.id)


def _write_parts(simulation: Simulation, service: str, requested: ExportRequested) -> None:
    deliver(simulation, service, requested)
    OTHERS[service].handle_jobs(simulation.ports(service))
    for event in published_events(service, all_changes(simulation, service)):
        if isinstance(event, PartsExported):
            deliver(simulation, "circles", event)
