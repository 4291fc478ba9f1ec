"""Routes of the daily digest."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import api
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.put("/circles/{circle_id}/digest-preference", kind=ActionKind.PARTICIPATE)
def set_digest_preference(
    caller: Caller, circle_id: str, request: ChangeRequest, body: schemas.DigestPreferenceRequest
) -> schemas.DigestPreferenceResponse:
    """Choose whether you get the circle's daily digest, and your quiet hours."""
    ports = wiring.ports()
    preference = usecases.set_digest_preference(ports, caller, circle_id, request, body.on, body.quiet_from, body.quiet_until)
    return schemas.DigestPreferenceResponse.of(preference, ports.clock())


@api.get("/circles/{circle_id}/digest-preference")
def get_digest_preference(caller: Caller, circle_id: str) -> schemas.DigestPreferenceResponse:
    """Get your preference about the circle's daily digest."""
    ports = wiring.ports()
    return schemas.DigestPreferenceResponse.of(usecases.get_digest_preference(ports, caller, circle_id), ports.clock())
