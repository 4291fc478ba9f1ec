"""Routes of circle health."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import ROLE, api
from services.shared.security.auth import Caller


@api.get("/circles/{circle_id}/health", raises=ROLE)
def get_health(caller: Caller, circle_id: str) -> schemas.HealthResponse:
    """Get the latest weekly measurement of the circle's health."""
    return schemas.HealthResponse.of(usecases.get_health(wiring.ports(), caller, circle_id))
