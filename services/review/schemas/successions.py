"""Circles that go to somebody else, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from services.review.domain.succession import Succession, SuccessionState
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.text import Paragraph


class SuccessionRequest(RequestModel):
    """Whether the circle goes to them, and why."""

    verdict: Literal["approve", "refuse"]
    note: Paragraph


class SuccessionResponse(ResponseModel):
    """Who offers which circle to whom; `approvals` of two that are needed."""

    succession_id: str
    circle_id: str
    owner: str
    candidate: str
    kind: str
    state: SuccessionState
    approvals: int
    ends_at: datetime
    due_at: datetime | None

    @classmethod
    def of(cls, one: Succession) -> SuccessionResponse:
        return cls(
            succession_id=one.id,
            circle_id=one.circle_id,
            owner=one.owner,
            candidate=one.candidate,
            kind=one.kind,
            state=one.state,
            approvals=len(one.approvals),
            ends_at=one.ends_at,
            due_at=one.due_at,
        )
