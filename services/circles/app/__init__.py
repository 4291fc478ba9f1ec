"""What people call of the circles service: its API, a file a noun."""

from services.circles.app import circles, drafts, highlights, members, notes, presence, tags
from services.circles.app.door import api

__all__ = ["api", "circles", "drafts", "highlights", "members", "notes", "presence", "tags"]
