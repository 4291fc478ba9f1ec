"""People over HTTP: sanctions, reports, cases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, StringConstraints

from services.review.domain import Case, Outcome, Person, Sanction
from services.review.usecases import Report
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.text import Paragraph
from services.shared.security.account_status import SanctionLevel


class SanctionRequest(RequestModel):
    """A step of the ladder, why, and until when; without an end it holds until it is lifted."""

    level: Literal[
        SanctionLevel.WARNED, SanctionLevel.MUTED, SanctionLevel.RESTRICTED, SanctionLevel.SUSPENDED, SanctionLevel.BANNED
    ]
    reason: Paragraph
    until: AwareDatetime | None = None
    emergency: bool = False


class LiftRequest(RequestModel):
    """Why. `mistake`: it should never have been, so it is no strike."""

    reason: Paragraph
    mistake: bool = False


class ProposalRequest(RequestModel):
    """What is agreed to or refused, as it was read."""

    proposal_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class PendingResponse(ResponseModel):
    """What waits for a second person, and until when. Level none: that what stands is lifted."""

    proposal_id: str
    level: SanctionLevel
    until: datetime | None
    reason: str
    emergency: bool
    ratify_by: datetime

    @classmethod
    def of(cls, one: Sanction) -> PendingResponse:
        return cls(
            proposal_id=one.id,
            level=one.level,
            until=one.until,
            reason=one.reason,
            emergency=one.emergency,
            ratify_by=one.ratify_by,
        )


class SanctionRecordResponse(ResponseModel):
    """Where a person stands now, and what waits."""

    user_id: str
    level: SanctionLevel
    until: datetime | None
    reason: str
    strikes: int
    pending: PendingResponse | None

    @classmethod
    def of(cls, one: Person, at: datetime) -> SanctionRecordResponse:
        return cls(
            user_id=one.user_id,
            level=one.standing.at(at),
            until=one.standing.until,
            reason=one.last.reason if one.last else "",
            strikes=one.strikes_at(at),
            pending=PendingResponse.of(one.pending) if one.pending else None,
        )


class ReportResponse(ResponseModel):
    """What you reported, and what came of it; null while it is open."""

    case_id: str
    reported_at: datetime
    outcome: Outcome | None

    @classmethod
    def of(cls, one: Report) -> ReportResponse:
        return cls(case_id=one.case_id, reported_at=one.reported_at, outcome=one.outcome)


class SubjectResponse(ResponseModel):
    service: str
    kind: str
    id: str
    circle_id: str


class CaseResponse(ResponseModel):
    """A case with its evidence, as the first report found it."""

    case_id: str
    subject: SubjectResponse
    author: str
    evidence: dict[str, Any]
    reporters: int
    opened_at: datetime
    due_at: datetime
    outcome: Outcome | None
    note: str

    @classmethod
    def of(cls, one: Case) -> CaseResponse:
        return cls(
            case_id=one.id,
            subject=SubjectResponse(**one.subject),
            author=one.author,
            evidence=one.evidence,
            reporters=one.reporters,
            opened_at=one.opened_at,
            due_at=one.due_at,
            outcome=one.outcome,
            note=one.note,
        )


class CaseDecisionRequest(RequestModel):
    outcome: Outcome
    note: Paragraph
