"""Reviewers and operators as the services know them, for tests of what staff read."""

from __future__ import annotations

import json
from typing import Any

from services import SERVICES
from services.shared.messaging.events import AccountVerified, ReviewerChanged
from services.shared.security.auth import Caller
from simulation.memory import MemoryTable
from simulation.setup.applications import enrol_reviewer
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, published_events

READERS = ("circles", "commerce")


def enrolled(simulation: Simulation, name: str, identity_id: str = "") -> Caller:
    """Enrol a reviewer, and let the other services know."""
    reviewer = enrol_reviewer(simulation, name, identity_id)
    publish_reviewers(simulation)
    return reviewer


def reviewer_events(simulation: Simulation) -> list[ReviewerChanged | AccountVerified]:
    events = published_events("review", all_changes(simulation, "review"))
    return [event for event in events if isinstance(event, ReviewerChanged | AccountVerified)]


def publish_reviewers(simulation: Simulation) -> None:
    """Deliver every enrolment and identity that review has published so far, also again."""
    for event in reviewer_events(simulation):
        for service in READERS:
            deliver(simulation, service, event)


def access_entries(simulation: Simulation, service: str) -> list[tuple[str, str]]:
    """Return the user and the action of each access that a service has recorded, in no order."""
    assert service in SERVICES
    table: Any = simulation.memory(service)
    assert isinstance(table, MemoryTable)
    logs = [item for item in table.all_items() if item["sk"] == "ACCESS_LOG"]
    return [(json.loads(item["audit"])[2], json.loads(item["audit"])[3]) for item in logs]
