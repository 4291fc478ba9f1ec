"""Routes of teasers and requests to join."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import ROLE, WRITABLE, api
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/tags/{tag}/teasers")
def list_teasers(caller: Caller, tag: str, page: PageRequest) -> Page[schemas.TeaserResponse]:
    """List the teasers of circles under a tag, newest first."""
    return usecases.list_teasers(wiring.ports(), tag, page).map(schemas.TeaserResponse.of)


@api.get("/circles/{circle_id}/teaser")
def get_teaser(caller: Caller, circle_id: str) -> schemas.TeaserResponse:
    """Get the teaser of a circle."""
    return schemas.TeaserResponse.of(usecases.get_teaser(wiring.ports(), circle_id))


@api.put(
    "/circles/{circle_id}/teaser", kind=ActionKind.SPEAK, raises=(*ROLE, *WRITABLE, errors.TagsUnknown, errors.TeaserInvalid)
)
def set_teaser(caller: Caller, circle_id: str, request: ChangeRequest, body: schemas.TeaserRequest) -> schemas.TeaserResponse:
    """Publish or replace the teaser of your circle."""
    return schemas.TeaserResponse.of(
        usecases.set_teaser(wiring.ports(), caller, circle_id, request, body.text, tuple(body.tags))
    )


@api.delete("/circles/{circle_id}/teaser", kind=ActionKind.MODERATE, raises=ROLE)
def delete_teaser(caller: Caller, circle_id: str) -> None:
    """Delete the teaser of your circle."""
    usecases.delete_teaser(wiring.ports(), caller, circle_id)


@api.post("/circles/{circle_id}/join-requests", kind=ActionKind.SPEAK, raises=(*WRITABLE, errors.JoinRequestLimitReached))
def request_to_join(caller: Caller, circle_id: str, body: schemas.RequestToJoinRequest) -> None:
    """Request to join a circle that has a teaser."""
    usecases.request_to_join(wiring.ports(), caller, circle_id, body.text)
