"""What is called about coming back, and how a circle does."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import ROLE, api
from services.shared.security.auth import Caller


@api.get("/circles/{circle_id}/recap")
def get_recap(caller: Caller, circle_id: str) -> schemas.RecapResponse:
    """Read what you have missed, as it is to be seen now."""
    return schemas.RecapResponse.of(usecases.get_recap(wiring.ports(), caller, circle_id))


@api.put("/circles/{circle_id}/digest")
def set_digest_choice(caller: Caller, circle_id: str, body: schemas.DigestRequest) -> schemas.DigestResponse:
    """Choose whether you want the circle's daily digest, and when you are to be left alone."""
    ports, chosen = wiring.ports(), (body.on, body.quiet_from, body.quiet_until)
    return schemas.DigestResponse.of(usecases.set_digest_choice(ports, caller, circle_id, *chosen), ports.clock())


@api.get("/circles/{circle_id}/digest")
def get_digest_choice(caller: Caller, circle_id: str) -> schemas.DigestResponse:
    """Read what you have chosen."""
    ports = wiring.ports()
    return schemas.DigestResponse.of(usecases.get_digest_choice(ports, caller, circle_id), ports.clock())


@api.get("/circles/{circle_id}/health", raises=ROLE)
def get_health(caller: Caller, circle_id: str) -> schemas.HealthResponse:
    """Read how the circle did, as of the last weekly measurement."""
    return schemas.HealthResponse.of(usecases.get_health(wiring.ports(), caller, circle_id))
