"""Interests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from services.circles.taxonomy import Tag
from services.circles.usecases.tags import TagFigures
from services.shared.http.schemas import Shown, Strict
from services.shared.kernel.text import Line

Slug = Annotated[str, StringConstraints(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class TagQuery(Strict):
    """A name or a part of one: Chinese in either script, pinyin, English. Without it, all tags of a category, or all."""

    q: Annotated[Line | None, Field(max_length=40)] = None
    category: Annotated[str, StringConstraints(pattern="^[a-z]*$", max_length=20)] = ""


class MergeIn(Strict):
    """The tag that it shall mean from now on."""

    into: Slug


class TagOut(Shown):
    """An interest; `slug` is for good, the names may be many."""

    slug: str
    name: str
    english: str
    pinyin: str
    traditional: str
    aliases: list[str]
    category: str

    @classmethod
    def of(cls, tag: Tag) -> TagOut:
        names = {"name": tag.zh, "english": tag.en, "pinyin": tag.pinyin, "traditional": tag.traditional}
        return cls(slug=tag.slug, **names, aliases=list(tag.aliases), category=tag.category)


class TagFiguresOut(TagOut):
    """How many notes carry it and how often such notes were read, those of tags merged into it included."""

    notes: int
    views: int
    merged: list[str]

    @classmethod
    def counted(cls, figures: TagFigures) -> TagFiguresOut:
        counts = {"notes": figures.notes, "views": figures.views}
        return cls(**TagOut.of(figures.tag).model_dump(), **counts, merged=[tag.slug for tag in figures.merged])
