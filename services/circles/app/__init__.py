"""What people call of the circles service: its API, a file a noun."""

from services.circles.app import circles, members, notes
from services.circles.app.door import api

__all__ = ["api", "circles", "members", "notes"]
