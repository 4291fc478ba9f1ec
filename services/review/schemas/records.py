"""What reviewers and operators read about a user."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.review.domain import Application, Case, CaseOutcome, State
from services.review.schemas.cases import ReportResponse, SubjectResponse
from services.review.schemas.sanctions import SanctionRecordResponse
from services.review.usecases import UserRecord
from services.shared.http.schemas import RequestModel, ResponseModel, UserId
from services.shared.kernel.moments import Moment
from services.shared.security.read_grants import ReadKind


class RecordApplicationResponse(ResponseModel):
    """An application of the user. Its text is a separate, recorded read."""

    application_id: str
    circle_name: str
    state: State
    submitted_at: Moment | None

    @classmethod
    def of(cls, application: Application) -> RecordApplicationResponse:
        return cls(
            application_id=application.id,
            circle_name=application.content.circle_name,
            state=application.state,
            submitted_at=application.submitted_at,
        )


class RecordCaseResponse(ResponseModel):
    """A case about what the user made. Its evidence is a separate, recorded read."""

    case_id: str
    subject: SubjectResponse
    reporters: int
    opened_at: Moment
    outcome: CaseOutcome | None

    @classmethod
    def of(cls, case: Case) -> RecordCaseResponse:
        return cls(
            case_id=case.id,
            subject=SubjectResponse(**case.subject),
            reporters=case.reporters,
            opened_at=case.opened_at,
            outcome=case.outcome,
        )


class UserRecordResponse(ResponseModel):
    """What review knows about a user. Lists have the newest 10 entries."""

    user_id: str
    sanctions: SanctionRecordResponse | None
    linked_users: int
    applications: list[RecordApplicationResponse]
    cases: list[RecordCaseResponse]
    reports: list[ReportResponse]

    @classmethod
    def of(cls, record: UserRecord, now: datetime) -> UserRecordResponse:
        return cls(
            user_id=record.user_id,
            sanctions=SanctionRecordResponse.of(record.sanctions, now) if record.sanctions else None,
            linked_users=record.linked_users,
            applications=[RecordApplicationResponse.of(one) for one in record.applications],
            cases=[RecordCaseResponse.of(case) for case in record.cases],
            reports=[ReportResponse.of(report) for report in record.reports],
        )


class ReadGrantRequest(RequestModel):
    """What you want to read about a user in another service than review."""

    read: Annotated[
        ReadKind,
        Field(
            description="A search of `users`, a `profile`, the `orders` or `sales` of a user, or one `order` or `dispute`.",
            examples=["profile"],
        ),
    ]
    subject_id: Annotated[
        UserId | None,
        Field(description="The user, the order or the dispute; not needed for a search of users.", examples=["user-1"]),
    ] = None


class ReadGrantResponse(ResponseModel):
    """A grant for one read. It is only yours, and only for the subject that you named."""

    grant: Annotated[
        str, Field(description="What the other service demands as `grant`.", examples=["WyJ1c2VyLTEi.c2lnbmF0dXJl"])
    ]
    expires_at: Moment
