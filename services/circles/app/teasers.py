"""What is called about teasers and knocking."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import (
    OPEN,
    ROLE,
    WRITING,
    api,
)
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.security.auth import Caller


@api.get("/tags/{tag}/teasers")
def list_teasers(caller: Caller, tag: str, page: PageRequest) -> PageResponse[schemas.TeaserResponse]:
    """Find circles that show themselves under an interest, newest first."""
    found, rest = usecases.list_teasers(wiring.ports(), tag, page.limit, page.start)
    return page.answer([schemas.TeaserResponse.of(one) for one in found], rest)


@api.get("/circles/{circle_id}/teaser")
def get_teaser(caller: Caller, circle_id: str) -> schemas.TeaserResponse:
    """Read what a circle lets the platform know of itself."""
    return schemas.TeaserResponse.of(usecases.get_teaser(wiring.ports(), circle_id))


@api.put("/circles/{circle_id}/teaser", raises=(*ROLE, *OPEN, errors.TagsUnknown, errors.TeaserInvalid))
def set_teaser(caller: Caller, circle_id: str, body: schemas.TeaserRequest) -> schemas.TeaserResponse:
    """Show your circle on the platform."""
    return schemas.TeaserResponse.of(usecases.set_teaser(wiring.ports(), caller, circle_id, body.words, tuple(body.tags)))


@api.delete("/circles/{circle_id}/teaser", raises=ROLE)
def delete_teaser(caller: Caller, circle_id: str) -> None:
    """Hide your circle again."""
    usecases.delete_teaser(wiring.ports(), caller, circle_id)


@api.post("/circles/{circle_id}/join-requests", raises=(*WRITING, errors.TooManyJoinRequests))
def request_to_join(caller: Caller, circle_id: str, body: schemas.RequestToJoinRequest) -> None:
    """Knock on the door of a circle that shows itself."""
    usecases.request_to_join(wiring.ports(), caller, circle_id, body.words)
