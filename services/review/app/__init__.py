"""The HTTP API of the review service, one file per noun."""

from services.review.app import (
    appeals,
    applications,
    cases,
    circle_names,
    decisions,
    disputes,
    operations,
    product_metrics,
    records,
    review_queue,
    sanctions,
    successions,
    tenures,
    transparency,
)
from services.review.app.api import api
