"""Successions: the offer of a circle to a candidate, and the reviewers' decision."""

from __future__ import annotations

from typing import Literal

from services.review.domain.succession import Succession, SuccessionState
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph


class SuccessionRequest(RequestModel):
    """The verdict of a reviewer, and a note."""

    verdict: Literal["approve", "reject"]
    note: Paragraph


class SuccessionEntry(ResponseModel):
    """An accepted succession in the list. Its owner and candidate are a separate, recorded read."""

    succession_id: str
    circle_id: str
    kind: str
    approvals: int
    due_at: Moment | None

    @classmethod
    def of(cls, succession: Succession) -> SuccessionEntry:
        return cls(
            succession_id=succession.id,
            circle_id=succession.circle_id,
            kind=succession.kind,
            approvals=len(succession.approvals),
            due_at=succession.due_at,
        )


class SuccessionStateResponse(ResponseModel):
    """The state of a succession, for the reviewer who decides it."""

    succession_id: str
    state: SuccessionState
    approvals: int

    @classmethod
    def of(cls, succession: Succession) -> SuccessionStateResponse:
        return cls(succession_id=succession.id, state=succession.state, approvals=len(succession.approvals))


class SuccessionResponse(ResponseModel):
    """The offer of a circle to a candidate. Two approvals are needed.

    expires_at: until when the candidate can accept.
    due_at: when the reviewers must have decided; null unless the candidate has accepted.
    """

    succession_id: str
    circle_id: str
    owner: str
    candidate: str
    kind: str
    state: SuccessionState
    approvals: int
    expires_at: Moment
    due_at: Moment | None

    @classmethod
    def of(cls, succession: Succession) -> SuccessionResponse:
        return cls(
            succession_id=succession.id,
            circle_id=succession.circle_id,
            owner=succession.owner,
            candidate=succession.candidate,
            kind=succession.kind,
            state=succession.state,
            approvals=len(succession.approvals),
            expires_at=succession.expires_at,
            due_at=succession.due_at,
        )
