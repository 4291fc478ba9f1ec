"""Decisions on applications: what reviewers send, and what applicants and reviewers get."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from services.review.domain import Application, Decision, DecisionInput, Reason, State
from services.review.schemas.texts import REASONS
from services.review.usecases import DecisionResult
from services.shared.http.schemas import ApplicationId, RequestModel, ResponseModel
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph

ContentHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Score = Annotated[int, Field(ge=1, le=5)]


class ScoresRequest(RequestModel):
    """A score from 1 to 5 for each criterion."""

    resonance: Score
    definite_circle: Score
    early_building: Score
    time: Score


class DecisionRequest(RequestModel):
    """A verdict with its reasons.

    `content_hash` is the version of the application that the reviewer read.
    """

    verdict: Literal["approve", "reject"]
    content_hash: ContentHash
    scores: ScoresRequest
    reasons: Annotated[list[Reason], Field(min_length=1, max_length=7)]
    note: Paragraph

    def to_input(self) -> DecisionInput:
        return DecisionInput(
            approves=self.verdict == "approve",
            content_hash=self.content_hash,
            scores=self.scores.model_dump(),
            reasons=tuple(self.reasons),
            note=self.note,
        )


class DecisionsItem(DecisionRequest):
    """The decision on one of several applications."""

    application_id: ApplicationId


def require_distinct(items: list[DecisionsItem]) -> list[DecisionsItem]:
    if len({item.application_id for item in items}) < len(items):
        raise ValueInvalid("must-be-distinct")
    return items


class DecisionsRequest(RequestModel):
    """Decisions on several applications, each application once."""

    decisions: Annotated[list[DecisionsItem], Field(min_length=1, max_length=100), AfterValidator(require_distinct)]


class ReasonResponse(ResponseModel):
    """A reason with its text in both languages."""

    code: Reason
    en: str
    zh_cn: str


class DecisionResponse(ResponseModel):
    """A decision as the applicant sees it. It does not name the reviewer."""

    verdict: Literal["approve", "reject"]
    reasons: list[ReasonResponse]
    note: str
    at: Moment

    @classmethod
    def of(cls, decision: Decision) -> DecisionResponse:
        reasons = [ReasonResponse(code=reason, en=REASONS[reason][0], zh_cn=REASONS[reason][1]) for reason in decision.reasons]
        return cls(verdict="approve" if decision.approves else "reject", reasons=reasons, note=decision.note, at=decision.at)


class ApplicationStateResponse(ResponseModel):
    """The state of an application, for its reviewer.

    Its content is a separate, recorded read.
    """

    application_id: str
    state: State
    revision: int
    content_hash: str
    lease_until: Moment | None
    approvals: int
    seat: int | None
    waitlist_position: int | None

    @classmethod
    def of(cls, application: Application) -> ApplicationStateResponse:
        return cls(
            application_id=application.id,
            state=application.state,
            revision=application.revision,
            content_hash=application.content.hash,
            lease_until=application.claim.until if application.claim else None,
            approvals=application.approvals,
            seat=application.seat,
            waitlist_position=application.waitlist_position,
        )


class DecisionResultResponse(ResponseModel):
    """The result of one of several decisions: the application's state, or the error with its title in both languages."""

    application_id: str
    is_decided: bool
    code: str | None
    title: str | None
    title_zh: str | None
    application: ApplicationStateResponse | None

    @classmethod
    def of(cls, result: DecisionResult) -> DecisionResultResponse:
        from services.shared.http.catalogue import ERRORS

        entry = ERRORS[result.error.code] if result.error else None
        return cls(
            application_id=result.application_id,
            is_decided=result.error is None,
            code=result.error.code if result.error else None,
            title=entry.en.title if entry else None,
            title_zh=entry.zh.title if entry else None,
            application=ApplicationStateResponse.of(result.application) if result.application else None,
        )


class DecisionResultsResponse(ResponseModel):
    """The results of several decisions, in the order of the request."""

    items: list[DecisionResultResponse]

    @classmethod
    def of(cls, results: list[DecisionResult]) -> DecisionResultsResponse:
        return cls(items=[DecisionResultResponse.of(result) for result in results])
