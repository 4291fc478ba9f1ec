"""Routes of circles."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import ROLE, api
from services.circles.settings import settings
from services.circles.usecases import OwnCircle, Ports
from services.shared.http.schemas import ReportRequest
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/circles")
def list_circles(caller: Caller, page: PageRequest) -> Page[schemas.CircleResponse]:
    """List your circles."""
    ports = wiring.ports()
    circles = usecases.list_circles(ports, caller, page)
    return circles.map(lambda own: schemas.CircleResponse.of(own, usecases.picture_addresses(ports), ports.clock()))


@api.get("/circles/{circle_id}")
def get_circle(caller: Caller, circle_id: str) -> schemas.CirclePageResponse:
    """Get the page of one of your circles."""
    ports = wiring.ports()
    return _page(ports, caller, usecases.get_circle(ports, caller, circle_id))


@api.patch(
    "/circles/{circle_id}",
    kind=ActionKind.SPEAK,
    raises=(*ROLE, errors.CircleReadOnly, errors.PicturesInvalid, errors.PicturesNotReady),
)
def update_circle(
    caller: Caller, circle_id: str, request: ChangeRequest, body: schemas.UpdateCircleRequest
) -> schemas.CirclePageResponse:
    """Change the description or the cover of a circle, or who sees the number of members. A field that is absent stays."""
    ports = wiring.ports()
    return _page(ports, caller, usecases.update_circle(ports, caller, circle_id, request, body.changes))


def _page(ports: Ports, caller: Caller, own: OwnCircle) -> schemas.CirclePageResponse:
    return schemas.CirclePageResponse.of_page(own, caller.level, usecases.picture_addresses(ports), ports.clock())


@api.post("/circles/{circle_id}/reports", kind=ActionKind.SPEAK)
def report_circle(caller: Caller, circle_id: str, body: ReportRequest) -> None:
    """Report the description or the cover of a circle to the platform."""
    usecases.report_circle(wiring.ports(), caller, circle_id, body.report_input)


@api.post("/circles/{circle_id}/name/reports", kind=ActionKind.SPEAK)
def report_circle_name(caller: Caller, circle_id: str, body: ReportRequest) -> None:
    """Report the name of a circle to the platform. A user who is no member reports the name that a teaser shows."""
    usecases.report_circle_name(wiring.ports(), caller, circle_id, body.report_input)


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
