"""The route of a circle's moderation log."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import ROLE, api
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller


@api.get("/circles/{circle_id}/moderation-log", raises=ROLE)
def list_moderation_log(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.LogEntryResponse]:
    """List the acts of moderation in a circle that you moderate, newest first."""
    return usecases.list_moderation_log(wiring.ports(), caller, circle_id, page).map(schemas.LogEntryResponse.of)
