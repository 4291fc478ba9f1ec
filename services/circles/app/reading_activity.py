"""Routes of reading activity."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import api
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post("/circles/{circle_id}/views", kind=ActionKind.PARTICIPATE)
def record_views(caller: Caller, circle_id: str, body: schemas.ViewsRequest) -> None:
    """Record the notes that you have read; each counts once a day and earns trust."""
    usecases.record_views(wiring.ports(), caller, circle_id, body.note_ids)
