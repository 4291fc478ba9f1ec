"""Tags."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from services.circles.taxonomy import Tag
from services.circles.usecases.tags import TagCounts
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.text import Text

Slug = Annotated[str, StringConstraints(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class TagQuery(RequestModel):
    """A name or part of one: Chinese in either script, pinyin or English.

    Without it, the search returns all tags, or all tags of a category.
    """

    q: Annotated[str, Text(40, is_line=True)] | None = None
    category: Annotated[str, StringConstraints(pattern="^[a-z]*$", max_length=20)] = ""


class MergeRequest(RequestModel):
    """The tag to merge into."""

    into: Slug


class TagResponse(ResponseModel):
    """A tag. `slug` never changes; a tag can have many names."""

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
    """A tag with the number of its notes and of their views, including those of the tags merged into it.

    notes, views: of last night, rounded down to 2 digits and a multiple of 10; null while fewer than 5 circles have such notes.
    """

    notes: int | None
    views: int | None
    merged: list[str]

    @classmethod
    def with_counts(cls, tag_counts: TagCounts) -> TagCountsResponse:
        counts = {"notes": tag_counts.notes, "views": tag_counts.views}
        merged = [tag.slug for tag in tag_counts.merged]
        return cls(**TagResponse.of(tag_counts.tag).model_dump(), **counts, merged=merged)
