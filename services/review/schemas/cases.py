"""Reports of users, and the cases that reviewers decide."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from services.review.domain import Case, CaseOutcome, Report, ReportedRevision, ReportOutcome
from services.review.domain.surroundings import Surroundings
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


class SurroundingMessageResponse(ResponseModel):
    """A message before or after the reported one, as its reporter saw it. Its sender is not accused."""

    seq: int = Field(description="Its sequence number in the room.", examples=[41])
    kind: str = Field(
        description="As in the history of the room: `recalled`, `removed` and `taken_down` have no sender and no text.",
        examples=["text"],
    )
    sender: str | None = Field(
        description="The user who sent it; null if it has no text any more.", examples=["5f0c2d1e-3b4a-4c6d-8e7f-9a0b1c2d3e4f"]
    )
    text: str = Field(
        description="Its text; of a long text the first 300 code points at most.",
        examples=["At six tomorrow, at the east gate."],
    )
    sent_at: Moment = Field(description="When it was sent.", examples=["2026-03-05T04:00:00.000Z"])

    @classmethod
    def list_of(cls, surroundings: Surroundings) -> list[SurroundingMessageResponse]:
        return [
            cls(seq=each.seq, kind=each.kind, sender=each.sender or None, text=each.text, sent_at=each.sent_at)
            for each in surroundings
        ]


SurroundingMessages = Annotated[
    list[SurroundingMessageResponse],
    Field(
        description="Up to 3 messages before and 3 after a reported message. Empty for other content, and once the case is "
        "decided: they are deleted then."
    ),
]


class RevisionResponse(ResponseModel):
    """A later revision of the reported content, as it was first reported."""

    revision: int
    evidence: dict[str, Any]
    surroundings: SurroundingMessages

    @classmethod
    def of(cls, later: ReportedRevision) -> RevisionResponse:
        surroundings = SurroundingMessageResponse.list_of(later.surroundings)
        return cls(revision=later.revision, evidence=later.evidence, surroundings=surroundings)


class CaseResponse(ResponseModel):
    """A case. `evidence` is the content at the time of the first report, `later` what its author made of it since."""

    case_id: str
    subject: SubjectResponse
    author: str
    evidence: dict[str, Any]
    surroundings: SurroundingMessages
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
            surroundings=SurroundingMessageResponse.list_of(case.surroundings),
            revision=case.revision,
            later=[RevisionResponse.of(later) for later in case.later],
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
