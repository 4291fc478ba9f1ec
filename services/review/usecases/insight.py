"""Looking at the review itself: audit chains and their anchors, figures, the oldest that waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.review.domain import ReviewQueue
from services.review.repository import applications, metrics
from services.review.usecases.ports import Ports
from services.review.usecases.staff import require_operator
from services.shared.kernel.clock import parse
from services.shared.security.audit import ChainVerification, verify
from services.shared.security.auth import Caller

LIVE = (ReviewQueue.REVIEW, ReviewQueue.APPEAL, ReviewQueue.ESCALATED)


@dataclass(frozen=True, slots=True)
class ReviewMetrics:
    """A month's figures, of all and by reviewer; and, now, when the head of each lane is due."""

    overall: Counter[str]
    reviewers: dict[str, Counter[str]]
    due: dict[str, datetime]


def audit_application(ports: Ports, caller: Caller, application_id: str) -> ChainVerification:
    """Verify the chain of one application."""
    require_operator(caller)
    item = applications.find_application(ports.table, application_id).item
    return verify(ports.table, item or {})


def get_metrics(ports: Ports, caller: Caller, month: str) -> ReviewMetrics:
    require_operator(caller)
    overall: Counter[str] = Counter()
    reviewers: dict[str, Counter[str]] = {}
    for who, counters in metrics.list_metrics(ports.table, month):
        (overall if who == metrics.OVERALL else reviewers.setdefault(who, Counter())).update(counters)
    heads = {queue: applications.list_queue_entries(ports.table, queue, 1).items for queue in LIVE}
    return ReviewMetrics(
        overall=overall,
        reviewers=reviewers,
        due={str(queue): parse(found[0]["gsi2sk"].partition("#")[0]) for queue, found in heads.items() if found},
    )


def mean_hours(overall: Counter[str]) -> float | None:
    """Working hours from submission to a conclusion, on average."""
    if not overall.get("concluded"):
        return None
    mean: float = overall["working_seconds"] / overall["concluded"] / timedelta(hours=1).total_seconds()
    return round(mean, 1)
