"""The reviewers' side over HTTP: the queue, bulk results, owners in office, audit verdicts, figures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from services.review.domain.tenure import Outcome, Tenure, TenureState
from services.review.repository.applications import queue_of
from services.review.schemas.applications import WorkResponse
from services.review.usecases import Result, ReviewMetrics, mean_hours
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.clock import from_millis, parse
from services.shared.kernel.text import Paragraph
from services.shared.security.audit import ChainVerification
from services.shared.table.port import Item


class QueueEntry(ResponseModel):
    """One that waits: in which lane, since when, due when, and whether somebody works on it."""

    application_id: str
    circle_name: str
    queue: str
    state: str
    approvals: int
    submitted_at: datetime | None
    due_at: datetime
    lease_until: datetime | None

    @classmethod
    def of(cls, row: Item) -> QueueEntry:
        due, _, application_id = row["gsi2sk"].partition("#")
        return cls(
            application_id=application_id,
            circle_name=row["circle_name"],
            queue=queue_of(row),
            state=row["state"],
            approvals=row.get("approvals", 0),
            submitted_at=from_millis(row["submitted_at"]) if "submitted_at" in row else None,
            due_at=parse(due),
            lease_until=from_millis(row["lease_until"]) if "lease_until" in row else None,
        )


class QueueQuery(RequestModel):
    """Which lane, and of it what nobody holds (`free`) or what you hold (`mine`), and what waits for its first or second
    decision. A filtered page may be short."""

    queue: Literal["review", "appeal", "escalated", "tenure"] = "review"
    stage: Literal["any", "first", "second"] = "any"
    claim: Literal["any", "free", "mine"] = "any"

    def chosen(self, rows: list[Item], user_id: str, at: datetime) -> list[QueueEntry]:
        return [QueueEntry.of(row) for row in rows if self._takes(row, user_id, at)]

    def _takes(self, row: Item, user_id: str, at: datetime) -> bool:
        if self.stage != "any" and (self.stage == "second") != bool(row.get("approvals")):
            return False
        held = "lease_until" in row and at < from_millis(row["lease_until"])
        return self.claim == "any" or (held and row.get("reviewer") == user_id if self.claim == "mine" else not held)


class ResultResponse(ResponseModel):
    """One decision of several: done, or refused with its code."""

    application_id: str
    done: bool
    code: str | None
    title: str | None
    application: WorkResponse | None

    @classmethod
    def of(cls, one: Result) -> ResultResponse:
        return cls(
            application_id=one.application_id,
            done=one.error is None,
            code=one.error.code if one.error else None,
            title=one.error.title if one.error else None,
            application=WorkResponse.of(one.application) if one.application else None,
        )


class ResultsResponse(ResponseModel):
    items: list[ResultResponse]

    @classmethod
    def of(cls, results: list[Result]) -> ResultsResponse:
        return cls(items=[ResultResponse.of(one) for one in results])


class AssessmentRequest(RequestModel):
    outcome: Outcome
    note: Paragraph


class TenureResponse(ResponseModel):
    """How an owner's time in office stands; `proposed` waits for a second person."""

    application_id: str
    owner: str
    circle_name: str
    state: TenureState
    due_at: datetime
    proposed: Outcome | None

    @classmethod
    def of(cls, one: Tenure) -> TenureResponse:
        return cls(
            application_id=one.application_id,
            owner=one.owner,
            circle_name=one.circle_name,
            state=one.state,
            due_at=one.due_at,
            proposed=one.proposed.outcome if one.proposed else None,
        )


class VerdictResponse(ResponseModel):
    """Whether a chain holds; if not, where it breaks first."""

    chain: str
    length: int
    state: Literal["intact", "broken"]
    index: int | None
    reason: str | None

    @classmethod
    def of(cls, verdict: ChainVerification) -> VerdictResponse:
        return cls(chain=verdict.chain, length=verdict.length, state=verdict.state, index=verdict.index, reason=verdict.reason)


class MonthQuery(RequestModel):
    """A month of UTC, `2026-11`; without one, this month."""

    month: Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = None


class ReviewerMetrics(ResponseModel):
    """One reviewer's month. Who approves nearly everything, or is often overturned, shows here."""

    user_id: str
    decided: int
    approved: int
    agreed: int
    disagreed: int
    overturned: int


class MetricsResponse(ResponseModel):
    """A month's figures; `oldest_due` says, for each lane as it is now, when its head is due."""

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
    oldest_due: dict[str, datetime]
    reviewers: list[ReviewerMetrics]

    @classmethod
    def of(cls, month: str, metrics: ReviewMetrics) -> MetricsResponse:
        overall = metrics.overall
        names = ("decided", "approved", "concluded", "overdue", "agreed", "disagreed", "overturned", "upheld")
        counts: dict[str, Any] = {name: overall.get(name, 0) for name in names}
        people = [
            ReviewerMetrics(user_id=who, **{name: row.get(name, 0) for name in REVIEWERS_OWN})
            for who, row in sorted(metrics.reviewers.items())
        ]
        return cls(month=month, mean_working_hours=mean_hours(overall), oldest_due=metrics.due, reviewers=people, **counts)


REVIEWERS_OWN = ("decided", "approved", "agreed", "disagreed", "overturned")
