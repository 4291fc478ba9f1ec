"""Routes of the guardrails of the owner's commerce, and of the members' brake."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import ROLE, WRITABLE, api
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/circles/{circle_id}/guardrails")
def get_guardrails(caller: Caller, circle_id: str) -> schemas.GuardrailsResponse:
    """Get how much of each guardrail of the owner's commerce is used, and whether sales are open."""
    return schemas.GuardrailsResponse.of(usecases.get_guardrails(wiring.ports(), caller, circle_id))


@api.put("/circles/{circle_id}/selling-brake", kind=ActionKind.PARTICIPATE, raises=(*WRITABLE, *ROLE))
def pull_brake(caller: Caller, circle_id: str) -> schemas.GuardrailsResponse:
    """Pull the brake: if enough members do, sales pause and the platform reviews the circle. A repeat changes nothing."""
    return schemas.GuardrailsResponse.of(usecases.pull_brake(wiring.ports(), caller, circle_id))
