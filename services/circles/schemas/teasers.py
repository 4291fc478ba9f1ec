"""Teasers and knocking."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.circles.domain.teaser import Teaser
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.text import Line, Paragraph


class TeaserRequest(RequestModel):
    """What strangers shall read of the circle; it is listed under its first interest."""

    words: Annotated[Paragraph, Field(max_length=500)]
    tags: Annotated[list[Line], Field(min_length=1, max_length=3)]


class RequestToJoinRequest(RequestModel):
    """Why you want to come in."""

    words: Annotated[Paragraph, Field(max_length=500)]


class TeaserResponse(ResponseModel):
    """What a circle lets the platform know of itself."""

    circle_id: str
    name: str
    words: str
    tags: list[str]
    shown_since: datetime

    @classmethod
    def of(cls, teaser: Teaser) -> TeaserResponse:
        said = {"name": teaser.name, "words": teaser.words, "tags": list(teaser.tags)}
        return cls(circle_id=teaser.circle_id, **said, shown_since=teaser.shown_since)
