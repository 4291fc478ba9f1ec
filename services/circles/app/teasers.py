"""What is called about teasers and knocking."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import (
    OPEN,
    ROLE,
    WRITING,
    api,
)
from services.shared.http.responses import Listed, PageRequest
from services.shared.security.auth import Caller


@api.get("/tags/{tag}/teasers")
def list_teasers(caller: Caller, tag: str, page: PageRequest) -> Listed[schemas.TeaserOut]:
    """Find circles that show themselves under an interest, newest first."""
    found, rest = usecases.list_teasers(wiring.ports(), tag, page.limit, page.start)
    return page.answer([schemas.TeaserOut.of(one) for one in found], rest)


@api.get("/circles/{circle_id}/teaser")
def read_teaser(caller: Caller, circle_id: str) -> schemas.TeaserOut:
    """Read what a circle lets the platform know of itself."""
    return schemas.TeaserOut.of(usecases.read_teaser(wiring.ports(), circle_id))


@api.put("/circles/{circle_id}/teaser", raises=(*ROLE, *OPEN, errors.TagsUnknown, errors.TeaserUnfit))
def set_teaser(caller: Caller, circle_id: str, body: schemas.TeaserIn) -> schemas.TeaserOut:
    """Show your circle on the platform."""
    return schemas.TeaserOut.of(usecases.set_teaser(wiring.ports(), caller, circle_id, body.words, tuple(body.tags)))


@api.delete("/circles/{circle_id}/teaser", raises=ROLE)
def drop_teaser(caller: Caller, circle_id: str) -> None:
    """Hide your circle again."""
    usecases.drop_teaser(wiring.ports(), caller, circle_id)


@api.post("/circles/{circle_id}/join-requests", raises=(*WRITING, errors.TooManyRequests))
def request_to_join(caller: Caller, circle_id: str, body: schemas.RequestIn) -> None:
    """Knock on the door of a circle that shows itself."""
    usecases.request_to_join(wiring.ports(), caller, circle_id, body.words)
