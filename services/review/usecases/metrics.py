"""Metrics of the review per month, and when the first entry of each review queue is due."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.review.domain import ReviewQueue
from services.review.domain.permissions import require_operator
from services.review.repository import applications, metrics
from services.review.usecases.ports import Ports
from services.shared.kernel.clock import from_rfc3339
from services.shared.security.auth import Caller

MEASURED_QUEUES = (ReviewQueue.REVIEW, ReviewQueue.APPEAL, ReviewQueue.ESCALATED)


@dataclass(frozen=True, slots=True)
class ReviewMetrics:
    """Counters of one month, overall and per reviewer.

    due: when the first entry of each review queue is due, as of now.
    """

    overall: Counter[str]
    reviewers: dict[str, Counter[str]]
    due: dict[str, datetime]


def get_metrics(ports: Ports, caller: Caller, month: str) -> ReviewMetrics:
    """Return the metrics of a month (`2026-11`, UTC).

    Cost: 2.5 read units, and 0.5 more per 30 decisions.
    Raises: OperatorRequired.
    """
    require_operator(caller)
    overall: Counter[str] = Counter()
    reviewers: dict[str, Counter[str]] = {}
    for user_id, counters in metrics.iter_metrics(ports.table, month):
        (overall if user_id == metrics.OVERALL else reviewers.setdefault(user_id, Counter())).update(counters)
    first_entries = {queue: applications.list_review_queue_entries(ports.table, queue, 1).items for queue in MEASURED_QUEUES}
    return ReviewMetrics(
        overall=overall,
        reviewers=reviewers,
        due={str(queue): from_rfc3339(items[0]["gsi2sk"].partition("#")[0]) for queue, items in first_entries.items() if items},
    )


def mean_hours(overall: Counter[str]) -> float | None:
    """Return the mean working hours from submission to a final decision. None if nothing was concluded."""
    if not overall.get("concluded"):
        return None
    mean: float = overall["working_seconds"] / overall["concluded"] / timedelta(hours=1).total_seconds()
    return round(mean, 1)
