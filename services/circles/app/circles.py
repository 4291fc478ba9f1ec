"""Routes of circles."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import ROLE, api
from services.circles.settings import settings
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/circles")
def list_circles(caller: Caller, page: PageRequest) -> Page[schemas.CircleResponse]:
    """List your circles."""
    ports = wiring.ports()
    circles = usecases.list_circles(ports, caller, page)
    return circles.map(lambda own: schemas.CircleResponse.of(own.circle, own.member, ports.clock()))


@api.get("/circles/{circle_id}")
def get_circle(caller: Caller, circle_id: str) -> schemas.CircleResponse:
    """Get one of your circles."""
    ports = wiring.ports()
    return schemas.CircleResponse.of(*usecases.get_circle(ports, caller, circle_id), ports.clock())


@api.post("/circles/{circle_id}/activation", kind=ActionKind.PARTICIPATE, raises=(*ROLE, errors.CircleNotActive))
def activate_circle(caller: Caller, circle_id: str) -> None:
    """Open the circle that was granted to you."""
    usecases.activate_circle(wiring.ports(), caller, circle_id)


@api.put("/circles/{circle_id}/closing", kind=ActionKind.OWN_DATA, raises=(*ROLE, errors.CircleNotActive))
def close_circle(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.CloseCircleRequest
) -> schemas.ClosingResponse:
    """Close your circle: it becomes read-only now and is deleted at the end of the notice period."""
    request = settings().change_request(key)
    return schemas.ClosingResponse.of(usecases.close_circle(wiring.ports(), caller, circle_id, body.notice, request=request))


@api.delete("/circles/{circle_id}/closing", kind=ActionKind.OWN_DATA, raises=(*ROLE, errors.CircleNotActive))
def reopen_circle(caller: Caller, circle_id: str) -> None:
    """Cancel the closing of your circle during the notice period."""
    usecases.reopen_circle(wiring.ports(), caller, circle_id)
