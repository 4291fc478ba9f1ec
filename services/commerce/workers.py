"""What no person calls of the commerce service: its relay, what it derives from its own stream, and its schedule.

Apart from `app.py`, so that these functions start without the HTTP edge."""

from __future__ import annotations

from functools import partial
from typing import Any

from services.commerce import usecases, wiring
from services.commerce.publications import PUBLICATIONS
from services.commerce.usecases.schedule import GROUP
from services.shared.kernel.observability import logger
from services.shared.messaging.relay import relay as relay_changes
from services.shared.messaging.stream import process_in_groups


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Table stream -> bus."""
    return relay_changes(event, PUBLICATIONS, wiring.bus())


def on_change(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Table stream -> balances of the ledger."""
    return process_in_groups(event, GROUP, partial(usecases.handle_changes, wiring.ports()))


def on_schedule(event: dict[str, Any], context: Any) -> None:
    """Every minute -> whatever time does by itself."""
    logger().info("schedule", advanced=usecases.handle_schedule(wiring.ports()))
