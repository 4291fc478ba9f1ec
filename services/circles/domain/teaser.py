"""Teasers, which show a circle to the whole platform, and the limits on requests to join."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Teaser:
    """What a circle publishes about itself: a text and tags, but no members, passcodes or pictures.

    slug: the first tag, which the teaser is listed under.
    A teaser that is not set yet, or was deleted, has no text.
    """

    circle_id: str
    name: str
    text: str
    tags: tuple[str, ...]
    slug: str
    listed_at: datetime
    version: int

    @property
    def is_published(self) -> bool:
        return bool(self.text)

    @property
    def etag(self) -> int:
        """Return the version; 0 if there is nothing to read, also after a deletion."""
        return self.version if self.is_published else 0
