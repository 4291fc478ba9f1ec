"""Teasers, which show a circle to the whole platform, and the limits on requests to join."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Teaser:
    """What a circle publishes about itself: a text and tags, but no members, passcodes or pictures.

    slug: the first tag, which the teaser is listed under.
    """

    circle_id: str
    name: str
    text: str
    tags: tuple[str, ...]
    slug: str
    listed_at: datetime
    version: int
