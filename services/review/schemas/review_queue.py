"""Review queues: their entries and filters, and the transfer of a claim."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from services.review.domain import DueEntry
from services.shared.http.schemas import RequestModel, ResponseModel, UserId
from services.shared.kernel.moments import Moment


class HandoverRequest(RequestModel):
    """The reviewer who gets the claim."""

    to_user_id: UserId


class ReviewQueueEntry(ResponseModel):
    """An application or tenure in a review queue. `lease_until` is the end of its last claim."""

    application_id: str
    circle_name: str
    review_queue: str
    state: str
    approvals: int
    submitted_at: Moment | None
    due_at: Moment
    lease_until: Moment | None

    @classmethod
    def of(cls, entry: DueEntry) -> ReviewQueueEntry:
        return cls(
            application_id=entry.id,
            circle_name=entry.circle_name,
            review_queue=entry.queue,
            state=entry.state,
            approvals=entry.approvals,
            submitted_at=entry.submitted_at,
            due_at=entry.due_at,
            lease_until=entry.lease_until,
        )


class ReviewQueueQuery(RequestModel):
    """Which review queue, and which of its entries.

    decision: `first` or `second`: entries that wait for that decision.
    claim: `free`: entries that no reviewer has claimed; `own`: entries that the caller has claimed.
    """

    review_queue: Literal["review", "appeal", "escalated", "tenure"] = "review"
    decision: Literal["any", "first", "second"] = "any"
    claim: Literal["any", "free", "own"] = "any"

    def matches(self, entry: DueEntry, user_id: str, now: datetime) -> bool:
        if self.decision != "any" and (self.decision == "second") != bool(entry.approvals):
            return False
        claimed = entry.is_claimed(now)
        return self.claim == "any" or (claimed and entry.reviewer == user_id if self.claim == "own" else not claimed)
