"""The HTTP API of the review service, one file per noun."""

from services.review.app import (
    appeals,
    applications,
    cases,
    circle_names,
    decisions,
    operations,
    review_queue,
    sanctions,
    successions,
    tenures,
)
from services.review.app.api import api
