"""Routes of opened cards, and of what led to an order."""

from __future__ import annotations

from services.commerce import schemas, usecases, wiring
from services.commerce.app.api import api
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post("/circles/{circle_id}/touches", kind=ActionKind.PARTICIPATE)
def add_touches(caller: Caller, circle_id: str, body: schemas.TouchesRequest) -> schemas.TouchesResponse:
    """Report that you opened product cards, by their `attribution`. The response says which are not counted, and why."""
    return schemas.TouchesResponse.of(usecases.add_touches(wiring.ports(), caller, circle_id, body.tokens))


@api.get("/orders/{order_id}/attribution")
def get_attribution(caller: Caller, order_id: str) -> schemas.AttributionResponse:
    """Get what led to an order that you placed: every card of its listings that you opened, with the reason."""
    return schemas.AttributionResponse.of(usecases.get_attribution(wiring.ports(), caller, order_id))
