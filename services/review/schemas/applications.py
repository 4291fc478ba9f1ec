"""Applications over HTTP: what applicants and reviewers send, what each is told."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from services.review.domain import Application, Cohort, Content, Decision, Judgement, Reason, State
from services.review.domain.states import UNDER_REVIEW
from services.review.schemas.words import NEXT_STEPS, REASONS
from services.review.usecases import Form, Private
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.ids import PATTERNS, USER_PATTERN
from services.shared.kernel.text import Line, Paragraph

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Token = Annotated[str, StringConstraints(min_length=8, max_length=600, pattern=r"^[\x21-\x7e]+$")]
ApplicationId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['application_id']}$")]
Asked = Literal[
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
Score = Annotated[int, Field(ge=1, le=5)]
Link = Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[^\s]+$")]


class ApplicationRequest(RequestModel):
    """A draft may lack fields; they are needed when it is submitted. `real_name_token` is the verifier's, never a name."""

    resonance: Paragraph | None = None
    circle_name: Line | None = None
    circle_tags: Annotated[list[Line], Field(default_factory=list, max_length=10)]
    circle_definition: Paragraph | None = None
    early_building: Paragraph | None = None
    weekly_hours: Annotated[int, Field(ge=1, le=80)] | None = None
    evidence: Annotated[list[Link], Field(default_factory=list, max_length=10)]
    plan: Paragraph | None = None
    real_name_token: Token | None = None

    def form(self) -> Form:
        content = Content(
            resonance=self.resonance or "",
            circle_name=self.circle_name or "",
            circle_tags=tuple(self.circle_tags),
            circle_definition=self.circle_definition or "",
            early_building=self.early_building or "",
            weekly_hours=self.weekly_hours or 0,
            plan=self.plan or "",
        )
        return Form(content, tuple(self.evidence), self.real_name_token or "")


class AppealRequest(RequestModel):
    """Which of the given reasons is contested, and why."""

    cites: Reason
    statement: Paragraph


class QuestionRequest(RequestModel):
    """What the applicant is asked for: fields of the form, and words."""

    fields: Annotated[list[Asked], Field(min_length=1, max_length=9)]
    note: Paragraph


class HandoverRequest(RequestModel):
    to: Annotated[str, StringConstraints(pattern=f"^{USER_PATTERN}$")]


class ScoresRequest(RequestModel):
    """The rubric: one to five for each criterion."""

    resonance: Score
    definite_circle: Score
    early_building: Score
    time: Score


class DecisionRequest(RequestModel):
    """A verdict is bound to the version that was read (`content_hash`) and always says why."""

    verdict: Literal["approve", "reject"]
    content_hash: Hash
    scores: ScoresRequest
    reasons: Annotated[list[Reason], Field(min_length=1, max_length=7)]
    note: Paragraph

    def judgement(self) -> Judgement:
        return Judgement(
            approves=self.verdict == "approve",
            content_hash=self.content_hash,
            scores=self.scores.model_dump(),
            reasons=tuple(self.reasons),
            note=self.note,
        )


class DecisionsItem(DecisionRequest):
    application_id: ApplicationId


def each_once(items: list[DecisionsItem]) -> list[DecisionsItem]:
    if len({one.application_id for one in items}) < len(items):
        raise ValueError("names an application twice")
    return items


class DecisionsRequest(RequestModel):
    """Each application once."""

    decisions: Annotated[list[DecisionsItem], Field(min_length=1, max_length=100), AfterValidator(each_once)]


class EnrolmentRequest(RequestModel):
    real_name_token: Token


class ReasonResponse(ResponseModel):
    code: Reason
    en: str
    zh_cn: str


class DecisionResponse(ResponseModel):
    """What the applicant is told of one decision; who took it is not part of it."""

    verdict: Literal["approve", "reject"]
    reasons: list[ReasonResponse]
    note: str
    at: datetime

    @classmethod
    def of(cls, decision: Decision) -> DecisionResponse:
        reasons = [ReasonResponse(code=reason, en=REASONS[reason][0], zh_cn=REASONS[reason][1]) for reason in decision.reasons]
        return cls(verdict="approve" if decision.approves else "reject", reasons=reasons, note=decision.note, at=decision.at)


class NextStep(ResponseModel):
    en: str
    zh_cn: str


class QuestionResponse(ResponseModel):
    """What a reviewer asks for."""

    fields: list[str]
    note: str
    at: datetime


class AppealResponse(ResponseModel):
    cites: Reason
    statement: str
    at: datetime


class ApplicationResponse(ResponseModel):
    """An application with all its applicant is owed: where it stands, why, what is due by when, and what comes next. Evidence
    and masked name are opened only where it is read by itself; `flags` are for staff alone."""

    application_id: str
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
    due_by: datetime | None
    decision_expected_by: datetime | None
    created_at: datetime
    submitted_at: datetime | None
    lease_until: datetime | None
    approvals: int
    decisions: list[DecisionResponse]
    question: QuestionResponse | None
    appeal: AppealResponse | None
    flags: list[str]
    seat: int | None
    waitlist_position: int | None
    next_step: NextStep

    @classmethod
    def of(cls, one: Application, private: Private | None = None, *, staff: bool = False) -> ApplicationResponse:
        content = {name: value for name, value in one.content.as_dict().items() if name not in ("person", "evidence")}
        en, zh_cn = NEXT_STEPS[one.state]
        waits = one.state is State.NEEDS_INFO
        return cls.model_validate(
            {
                **content,
                "application_id": one.id,
                "state": one.state,
                "revision": one.revision,
                "content_hash": one.content.hash,
                "real_name_verified": bool(one.content.person),
                "evidence": list(private.evidence) if private else None,
                "masked_name": private.masked_name if private else None,
                "currently_due": _due(one),
                "due_by": one.due_at if waits else None,
                "decision_expected_by": one.due_at if one.queue and not waits and one.state in UNDER_REVIEW else None,
                "created_at": one.created_at,
                "submitted_at": one.submitted_at,
                "lease_until": one.claim.until if one.claim else None,
                "approvals": one.approvals,
                "decisions": [DecisionResponse.of(decision) for decision in one.decisions],
                "question": asdict(one.question) if one.question else None,
                "appeal": asdict(one.appeal) if one.appeal else None,
                "flags": list(one.flags) if staff else [],
                "seat": one.seat,
                "waitlist_position": one.waitlist_position,
                "next_step": {"en": en, "zh_cn": zh_cn},
            }
        )


class WorkResponse(ResponseModel):
    """Where an application stands, for who works on it; its text is read by itself, which is recorded."""

    application_id: str
    state: State
    revision: int
    content_hash: str
    lease_until: datetime | None
    approvals: int
    seat: int | None
    waitlist_position: int | None

    @classmethod
    def of(cls, one: Application) -> WorkResponse:
        return cls(
            application_id=one.id,
            state=one.state,
            revision=one.revision,
            content_hash=one.content.hash,
            lease_until=one.claim.until if one.claim else None,
            approvals=one.approvals,
            seat=one.seat,
            waitlist_position=one.waitlist_position,
        )


def _due(one: Application) -> list[str]:
    """Fields that are still owed: of a draft what is missing, of a question what was asked."""
    if one.state is State.DRAFT:
        return ["real_name_token" if name == "person" else name for name in one.content.missing()]
    return list(one.question.fields) if one.question else []


class CohortResponse(ResponseModel):
    cohort: str
    quota: int
    seats_taken: int
    waiting: int

    @classmethod
    def of(cls, cohort: Cohort) -> CohortResponse:
        return cls(cohort=cohort.name, quota=cohort.quota, seats_taken=cohort.taken, waiting=cohort.waiting - cohort.called)
