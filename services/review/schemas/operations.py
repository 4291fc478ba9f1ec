"""What operators read: the verification of audit chains, and metrics."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from services.review.usecases import ReviewMetrics, mean_hours
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.security.audit import ChainVerification

REVIEWER_COUNTERS = ("decided", "approved", "agreed", "disagreed", "overturned")


class ChainVerificationResponse(ResponseModel):
    """Whether an audit chain is intact. `index` is the first entry that is not."""

    chain: str
    length: int
    state: Literal["intact", "broken", "awaiting redrive"]
    index: int | None
    reason: str | None

    @classmethod
    def of(cls, verification: ChainVerification) -> ChainVerificationResponse:
        return cls.model_validate(verification, from_attributes=True)


class MonthQuery(RequestModel):
    """A month in UTC, for example `2026-11`. The default is the current month."""

    month: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] | None = None


class ReviewerMetrics(ResponseModel):
    """The decisions of one reviewer in a month.

    agreed, disagreed: second decisions compared with the first.
    overturned: rejections that an appeal overturned.
    """

    user_id: str
    decided: int
    approved: int
    agreed: int
    disagreed: int
    overturned: int


class MetricsResponse(ResponseModel):
    """The metrics of a month.

    `oldest_due` is when the first entry of each review queue is due, as of now.
    """

    month: str
    decided: int
    approved: int
    concluded: int
    mean_working_hours: float | None
    overdue: int
    agreed: int
    disagreed: int
    overturned: int
    upheld: int
    oldest_due: dict[str, Moment]
    reviewers: list[ReviewerMetrics]

    @classmethod
    def of(cls, month: str, metrics: ReviewMetrics) -> MetricsResponse:
        overall = metrics.overall
        names = ("decided", "approved", "concluded", "overdue", "agreed", "disagreed", "overturned", "upheld")
        counts: dict[str, Any] = {name: overall.get(name, 0) for name in names}
        reviewers = [
            ReviewerMetrics(user_id=user_id, **{name: counters.get(name, 0) for name in REVIEWER_COUNTERS})
            for user_id, counters in sorted(metrics.reviewers.items())
        ]
        return cls(month=month, mean_working_hours=mean_hours(overall), oldest_due=metrics.due, reviewers=reviewers, **counts)
