"""What no person calls of the review service: its relay to the bus and the keeper of its audit trail.

Apart from `app.py`, so that these functions start without the HTTP edge."""

from __future__ import annotations

from functools import partial
from typing import Any

from services.review import usecases, wiring
from services.review.publications import PUBLICATIONS
from services.shared.changes import in_groups
from services.shared.relay import relay as relay_changes


def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Table stream -> bus."""
    return relay_changes(event, PUBLICATIONS, wiring.bus())


def on_change(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Table stream -> the audit trail."""
    return in_groups(event, 1, partial(usecases.keep_audit, wiring.ports()))
