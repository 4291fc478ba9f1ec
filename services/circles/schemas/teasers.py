"""Teasers, and requests to join."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.circles.domain.teaser import Teaser
from services.circles.settings import settings
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.limits import list_at_most
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Line, Text


class TeaserRequest(RequestModel):
    """A public description of the circle and its tags; the circle is listed under the first tag."""

    text: Annotated[str, Text(500, lambda: settings().max_teaser_length)]
    tags: Annotated[list[Line], Field(min_length=1, max_length=3), list_at_most(lambda: settings().max_teaser_tags)]


class RequestToJoinRequest(RequestModel):
    """Why the caller wants to join."""

    text: Annotated[str, Text(500, lambda: settings().max_join_request_length)]


class TeaserResponse(ResponseModel):
    """What a circle publishes about itself: no members, passcodes or pictures."""

    etag: str
    circle_id: str
    name: str
    text: str
    tags: list[str]
    listed_at: Moment

    @classmethod
    def of(cls, teaser: Teaser) -> TeaserResponse:
        return cls(
            etag=str(teaser.version),
            circle_id=teaser.circle_id,
            name=teaser.name,
            text=teaser.text,
            tags=list(teaser.tags),
            listed_at=teaser.listed_at,
        )
