"""What a circle lets the platform know of itself, and how strangers knock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_REQUESTS_A_DAY = 5
TURNED_AWAY_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Teaser:
    """Words and interests that draw people in: no members, no codes, no pictures of the inside. It is listed under its first
    interest, by its slug."""

    circle_id: str
    name: str
    words: str
    tags: tuple[str, ...]
    slug: str
    shown_since: datetime
    version: int
