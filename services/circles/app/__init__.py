"""What people call of the circles service: its API, a file a noun."""

from services.circles.app import (
    blocks,
    circles,
    drafts,
    endings,
    highlights,
    members,
    notes,
    presence,
    returning,
    tags,
    teasers,
)
from services.circles.app.api import api

__all__ = [
    "api",
    "blocks",
    "circles",
    "drafts",
    "endings",
    "highlights",
    "members",
    "notes",
    "presence",
    "returning",
    "tags",
    "teasers",
]
