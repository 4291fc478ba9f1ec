"""What people call of the review service: its API, a file a noun."""

from services.review.app import applications, people, reviewing, successions
from services.review.app.api import api

__all__ = [
    "api",
    "applications",
    "people",
    "reviewing",
    "successions",
]
