"""What is called about coming back, and how a circle does."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import ROLE, api
from services.shared.security.auth import Caller


@api.get("/circles/{circle_id}/recap")
def read_recap(caller: Caller, circle_id: str) -> schemas.RecapOut:
    """Read what you have missed, as it is to be seen now."""
    return schemas.RecapOut.of(usecases.read_recap(wiring.ports(), caller, circle_id))


@api.put("/circles/{circle_id}/digest")
def choose_digest(caller: Caller, circle_id: str, body: schemas.DigestIn) -> schemas.DigestOut:
    """Choose whether you want the circle's daily digest, and when you are to be left alone."""
    ports, chosen = wiring.ports(), (body.on, body.quiet_from, body.quiet_until)
    return schemas.DigestOut.of(usecases.choose_digest(ports, caller, circle_id, *chosen), ports.clock())


@api.get("/circles/{circle_id}/digest")
def read_digest_choice(caller: Caller, circle_id: str) -> schemas.DigestOut:
    """Read what you have chosen."""
    ports = wiring.ports()
    return schemas.DigestOut.of(usecases.read_digest_choice(ports, caller, circle_id), ports.clock())


@api.get("/circles/{circle_id}/health", raises=ROLE)
def read_health(caller: Caller, circle_id: str) -> schemas.HealthOut:
    """Read how the circle did, as of the last weekly measurement."""
    return schemas.HealthOut.of(usecases.read_health(wiring.ports(), caller, circle_id))
