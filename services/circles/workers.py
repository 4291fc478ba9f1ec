"""What no person calls of the circles service: its relay to the bus, what it derives from its own stream, its schedule.

Apart from `app.py`, so that these functions start without the HTTP edge."""

from __future__ import annotations

from functools import partial
from typing import Any

from services.circles import usecases, wiring
from services.circles.publications import PUBLICATIONS
from services.circles.usecases.stream import GROUP
from services.shared.messaging.relay import relay as relay_changes
from services.shared.messaging.stream import process_in_groups


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Table stream -> bus."""
    return relay_changes(event, PUBLICATIONS, wiring.bus())


def on_schedule(event: dict[str, Any], context: Any) -> None:
    """Every minute -> digests, measurements, ends of circles, archives that were asked for."""
    usecases.handle_schedule(wiring.ports())


def on_change(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Table stream -> counters, guessing alarm, audit trail."""
    return process_in_groups(event, GROUP, partial(usecases.handle_changes, wiring.ports()))
