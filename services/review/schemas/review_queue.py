"""Review queues: their entries and filters, and the transfer of a claim."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from services.review.repository.applications import review_queue_of
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.clock import from_millis, from_rfc3339
from services.shared.kernel.ids import USER_PATTERN
from services.shared.table.port import Item


class HandoverRequest(RequestModel):
    """The reviewer who gets the claim."""

    to_user_id: Annotated[str, StringConstraints(pattern=f"^{USER_PATTERN}$")]


class ReviewQueueEntry(ResponseModel):
    """An application or tenure in a review queue. `lease_until` is the end of its last claim."""

    application_id: str
    circle_name: str
    review_queue: str
    state: str
    approvals: int
    submitted_at: datetime | None
    due_at: datetime
    lease_until: datetime | None

    @classmethod
    def of(cls, item: Item) -> ReviewQueueEntry:
        due_at, _, application_id = item["gsi2sk"].partition("#")
        return cls(
            application_id=application_id,
            circle_name=item["circle_name"],
            review_queue=review_queue_of(item),
            state=item["state"],
            approvals=item.get("approvals", 0),
            submitted_at=from_millis(item["submitted_at"]) if "submitted_at" in item else None,
            due_at=from_rfc3339(due_at),
            lease_until=from_millis(item["lease_until"]) if "lease_until" in item else None,
        )


class ReviewQueueQuery(RequestModel):
    """Which review queue, and which of its entries. A filtered page can be shorter than its limit.

    decision: `first` or `second`: entries that wait for that decision.
    claim: `free`: entries that no reviewer has claimed; `own`: entries that the caller has claimed.
    """

    review_queue: Literal["review", "appeal", "escalated", "tenure"] = "review"
    decision: Literal["any", "first", "second"] = "any"
    claim: Literal["any", "free", "own"] = "any"

    def select(self, items: list[Item], user_id: str, now: datetime) -> list[ReviewQueueEntry]:
        return [ReviewQueueEntry.of(item) for item in items if self._matches(item, user_id, now)]

    def _matches(self, item: Item, user_id: str, now: datetime) -> bool:
        if self.decision != "any" and (self.decision == "second") != bool(item.get("approvals")):
            return False
        claimed = "lease_until" in item and now < from_millis(item["lease_until"])
        return self.claim == "any" or (claimed and item.get("reviewer") == user_id if self.claim == "own" else not claimed)
