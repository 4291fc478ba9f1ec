"""Routes of recaps."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import api
from services.shared.security.auth import Caller


@api.get("/circles/{circle_id}/recap")
def get_recap(caller: Caller, circle_id: str) -> schemas.RecapResponse:
    """Get what you have missed in a circle since you last read it."""
    ports = wiring.ports()
    return schemas.RecapResponse.of(usecases.get_recap(ports, caller, circle_id), usecases.picture_addresses(ports))
