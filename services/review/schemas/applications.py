"""Applications: requests of applicants, the questions of reviewers, and the responses to both.

Cohorts too.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.review.domain import Application, Cohort, Content, Reason, State
from services.review.domain.states import UNDER_REVIEW
from services.review.schemas.circle_names import CircleName
from services.review.schemas.decisions import DecisionResponse
from services.review.schemas.links import Link
from services.review.schemas.texts import next_step_texts
from services.review.settings import settings
from services.review.usecases import ApplicationInput, PersonalData
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.limits import list_at_most
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Line, Paragraph

RealNameToken = Annotated[str, StringConstraints(min_length=8, max_length=600, pattern=r"^[\x21-\x7e]+$")]
RequestableField = Literal[
    "resonance",
    "circle_name",
    "circle_tags",
    "circle_definition",
    "early_building",
    "weekly_hours",
    "evidence",
    "plan",
    "real_name_token",
]
MaxTags, MaxLinks = list_at_most(lambda: settings().max_circle_tags), list_at_most(lambda: settings().max_evidence_links)
CircleTags = Annotated[list[Line], Field(default_factory=list, max_length=10), MaxTags]
Evidence = Annotated[list[Link], Field(default_factory=list, max_length=10), MaxLinks]


class ApplicationRequest(RequestModel):
    """The content of an application. A draft can lack fields; all are required when it is submitted.

    real_name_token: the verifier's signed statement about the caller. It contains no name.
    """

    resonance: Paragraph | None = None
    circle_name: CircleName | None = None
    circle_tags: CircleTags
    circle_definition: Paragraph | None = None
    early_building: Paragraph | None = None
    weekly_hours: Annotated[int, Field(ge=1, le=80)] | None = None
    evidence: Evidence
    plan: Paragraph | None = None
    real_name_token: RealNameToken | None = None

    def to_input(self) -> ApplicationInput:
        content = Content(
            resonance=self.resonance or "",
            circle_name=self.circle_name or "",
            circle_tags=tuple(self.circle_tags),
            circle_definition=self.circle_definition or "",
            early_building=self.early_building or "",
            weekly_hours=self.weekly_hours or 0,
            plan=self.plan or "",
        )
        return ApplicationInput(content, tuple(self.evidence), self.real_name_token or "")


class AppealRequest(RequestModel):
    """The reason that the applicant contests, and the applicant's statement."""

    cites: Reason
    statement: Paragraph


class QuestionRequest(RequestModel):
    """The fields that the applicant must complete, and a note from the reviewer."""

    fields: Annotated[list[RequestableField], Field(min_length=1, max_length=9)]
    note: Paragraph


class RealNameTokenRequest(RequestModel):
    """The verifier's signed statement about a user."""

    real_name_token: RealNameToken


class NextStepResponse(ResponseModel):
    """What the applicant can do next, in both languages."""

    en: str
    zh_cn: str


class QuestionResponse(ResponseModel):
    """The fields that a reviewer asked the applicant to complete, and the reviewer's note."""

    fields: list[str]
    note: str
    at: Moment


class AppealResponse(ResponseModel):
    """The applicant's appeal against a reason of the decision."""

    cites: Reason
    statement: str
    at: Moment


class ApplicationResponse(ResponseModel):
    """An application with its state, the decisions on it, deadlines, and the applicant's next step.

    evidence, masked_name: null in lists.
    currently_due: fields that the applicant must complete, until `due_by`.
    decision_expected_by: when the reviewers must have decided; null unless the application is under review.
    flags: for reviewers and operators only.
    """

    application_id: str
    etag: str
    state: State
    revision: int
    content_hash: str
    circle_name: str
    circle_tags: list[str]
    resonance: str
    circle_definition: str
    early_building: str
    weekly_hours: int
    evidence: list[str] | None
    masked_name: str | None
    plan: str
    real_name_verified: bool
    currently_due: list[str]
    due_by: Moment | None
    decision_expected_by: Moment | None
    created_at: Moment
    submitted_at: Moment | None
    lease_until: Moment | None
    approvals: int
    decisions: list[DecisionResponse]
    question: QuestionResponse | None
    appeal: AppealResponse | None
    flags: list[str]
    seat: int | None
    waitlist_position: int | None
    next_step: NextStepResponse

    @classmethod
    def of(
        cls, application: Application, personal_data: PersonalData | None = None, *, staff: bool = False
    ) -> ApplicationResponse:
        content = {
            name: value for name, value in application.content.as_dict().items() if name not in ("identity_hash", "evidence")
        }
        en, zh_cn = next_step_texts(application.state)
        waits_for_applicant = application.state is State.NEEDS_INFO
        return cls.model_validate(
            {
                **content,
                "application_id": application.id,
                "etag": str(application.applicant_version),
                "state": application.state,
                "revision": application.revision,
                "content_hash": application.content.hash,
                "real_name_verified": bool(application.content.identity_hash),
                "evidence": list(personal_data.evidence) if personal_data else None,
                "masked_name": personal_data.masked_name if personal_data else None,
                "currently_due": _fields_due(application),
                "due_by": application.due_at if waits_for_applicant else None,
                "decision_expected_by": application.due_at
                if application.review_queue and application.state in UNDER_REVIEW
                else None,
                "created_at": application.created_at,
                "submitted_at": application.submitted_at,
                "lease_until": application.claim.until if application.claim else None,
                "approvals": application.approvals,
                "decisions": [DecisionResponse.of(decision) for decision in application.decisions],
                "question": asdict(application.question) if application.question else None,
                "appeal": asdict(application.appeal) if application.appeal else None,
                "flags": list(application.flags) if staff else [],
                "seat": application.seat,
                "waitlist_position": application.waitlist_position,
                "next_step": {"en": en, "zh_cn": zh_cn},
            }
        )


def _fields_due(application: Application) -> list[str]:
    """The missing fields of a draft, or the fields that a reviewer asked for."""
    if application.state is State.DRAFT:
        return ["real_name_token" if name == "identity_hash" else name for name in application.content.missing_fields()]
    return list(application.question.fields) if application.question else []


class CohortResponse(ResponseModel):
    """The seats of a cohort, and how many applications wait for one."""

    cohort: str
    quota: int
    seats_taken: int
    waiting: int

    @classmethod
    def of(cls, cohort: Cohort) -> CohortResponse:
        return cls(cohort=cohort.name, quota=cohort.quota, seats_taken=cohort.taken, waiting=cohort.waitlisted - cohort.called)
