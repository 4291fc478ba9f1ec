"""Reports of users, and the cases that reviewers decide."""

from __future__ import annotations

from typing import Any

from services.review.domain import Case, CaseOutcome, Report
from services.review.usecases.cases import EvidencePicture
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph


class ReportResponse(ResponseModel):
    """The caller's own report. `outcome` is null while its case is open."""

    case_id: str
    reported_at: Moment
    outcome: CaseOutcome | None

    @classmethod
    def of(cls, report: Report) -> ReportResponse:
        return cls(case_id=report.case_id, reported_at=report.reported_at, outcome=report.outcome)


class SubjectResponse(ResponseModel):
    """The reported content."""

    service: str
    kind: str
    id: str
    circle_id: str


class CaseResponse(ResponseModel):
    """A case. `evidence` is the content at the time of the first report."""

    case_id: str
    subject: SubjectResponse
    author: str
    evidence: dict[str, Any]
    reporters: int
    opened_at: Moment
    due_at: Moment
    outcome: CaseOutcome | None
    note: str

    @classmethod
    def of(cls, case: Case) -> CaseResponse:
        return cls(
            case_id=case.id,
            subject=SubjectResponse(**case.subject),
            author=case.author,
            evidence=case.evidence,
            reporters=case.reporters,
            opened_at=case.opened_at,
            due_at=case.due_at,
            outcome=case.outcome,
            note=case.note,
        )


class EvidencePictureResponse(ResponseModel):
    """Where to download a reported picture."""

    url: str
    expires_at: Moment

    @classmethod
    def of(cls, picture: EvidencePicture) -> EvidencePictureResponse:
        return cls(url=picture.url, expires_at=picture.expires_at)


class CaseDecisionRequest(RequestModel):
    """The outcome of a case, and the reviewer's note."""

    outcome: CaseOutcome
    note: Paragraph
