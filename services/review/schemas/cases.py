"""Reports of users, and the cases that reviewers decide."""

from __future__ import annotations

from typing import Any

from services.review.domain import Case, CaseOutcome, Report, ReportOutcome
from services.review.usecases.cases import EvidencePicture
from services.shared.http.schemas import RequestModel, ResponseModel, Version
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph
from services.shared.security.violations import Violation


class ReportResponse(ResponseModel):
    """The caller's own report. `outcome` is null while its case is open, and `reversed` if an appeal against it was granted."""

    case_id: str
    reported_at: Moment
    outcome: ReportOutcome | None

    @classmethod
    def of(cls, report: Report) -> ReportResponse:
        return cls(case_id=report.case_id, reported_at=report.reported_at, outcome=report.outcome)


class SubjectResponse(ResponseModel):
    """The reported content."""

    service: str
    kind: str
    id: str
    circle_id: str


class CaseEntry(ResponseModel):
    """An open case in the list. Its author and evidence are a separate, recorded read."""

    case_id: str
    subject: SubjectResponse
    reporters: int
    opened_at: Moment
    due_at: Moment

    @classmethod
    def of(cls, case: Case) -> CaseEntry:
        return cls(
            case_id=case.id,
            subject=SubjectResponse(**case.subject),
            reporters=case.reporters,
            opened_at=case.opened_at,
            due_at=case.due_at,
        )


class CaseStateResponse(ResponseModel):
    """The state of a case, for the reviewer who decides it."""

    case_id: str
    reporters: int
    outcome: CaseOutcome | None

    @classmethod
    def of(cls, case: Case) -> CaseStateResponse:
        return cls(case_id=case.id, reporters=case.reporters, outcome=case.outcome)


class RevisionResponse(ResponseModel):
    """A later revision of the reported content, as it was first reported."""

    revision: int
    evidence: dict[str, Any]


class CaseResponse(ResponseModel):
    """A case. `evidence` is the content at the time of the first report, `later` what its author made of it since."""

    case_id: str
    subject: SubjectResponse
    author: str
    evidence: dict[str, Any]
    revision: int
    later: list[RevisionResponse]
    reporters: int
    opened_at: Moment
    due_at: Moment
    outcome: CaseOutcome | None
    violation: Violation | None
    note: str

    @classmethod
    def of(cls, case: Case) -> CaseResponse:
        return cls(
            case_id=case.id,
            subject=SubjectResponse(**case.subject),
            author=case.author,
            evidence=case.evidence,
            revision=case.revision,
            later=[RevisionResponse.model_validate(later, from_attributes=True) for later in case.later],
            reporters=case.reporters,
            opened_at=case.opened_at,
            due_at=case.due_at,
            outcome=case.outcome,
            violation=case.violation,
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
    """The outcome of a case, and the reviewer's note.

    violation: the rule that the content broke; needed if the case is upheld, and only then.
    revision: the latest revision that you read; needed if the case has later revisions than the first report's.
    """

    outcome: CaseOutcome
    note: Paragraph
    violation: Violation | None = None
    revision: Version | None = None
