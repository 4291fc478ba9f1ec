"""The route of the transparency report. Every signed-in user reads it."""

from __future__ import annotations

from services.review import schemas, usecases, wiring
from services.review.app.api import api
from services.shared.security.auth import Caller


@api.get("/transparency/{month}")
def get_transparency_report(caller: Caller, month: str) -> schemas.TransparencyResponse:
    """Get what the platform decided in a month, and how long it took. The report of the current month is not complete."""
    return schemas.TransparencyResponse.of(usecases.get_transparency_report(wiring.ports(), month))
