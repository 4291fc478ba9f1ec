"""Interests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from services.circles.taxonomy import Tag
from services.circles.usecases.tags import TagCounts
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.text import Line

Slug = Annotated[str, StringConstraints(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class TagQuery(RequestModel):
    """A name or a part of one: Chinese in either script, pinyin, English. Without it, all tags of a category, or all."""

    q: Annotated[Line | None, Field(max_length=40)] = None
    category: Annotated[str, StringConstraints(pattern="^[a-z]*$", max_length=20)] = ""


class MergeRequest(RequestModel):
    """The tag that it shall mean from now on."""

    into: Slug


class TagResponse(ResponseModel):
    """An interest; `slug` is for good, the names may be many."""

    slug: str
    name: str
    english: str
    pinyin: str
    traditional: str
    aliases: list[str]
    category: str

    @classmethod
    def of(cls, tag: Tag) -> TagResponse:
        names = {"name": tag.zh, "english": tag.en, "pinyin": tag.pinyin, "traditional": tag.traditional}
        return cls(slug=tag.slug, **names, aliases=list(tag.aliases), category=tag.category)


class TagCountsResponse(TagResponse):
    """How many notes carry it and how often such notes were read, those of tags merged into it included."""

    notes: int
    views: int
    merged: list[str]

    @classmethod
    def counted(cls, metrics: TagCounts) -> TagCountsResponse:
        counts = {"notes": metrics.notes, "views": metrics.views}
        return cls(**TagResponse.of(metrics.tag).model_dump(), **counts, merged=[tag.slug for tag in metrics.merged])
