"""The screening of new members, and pending members."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from services.circles.domain import Circle, Member, PendingStep, Screening
from services.circles.settings import settings
from services.shared.http.schemas import RequestModel, ResponseModel, Version
from services.shared.kernel.limits import list_at_most
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Line, Paragraph, Text

Answer = Annotated[str, Text(500, lambda: settings().max_answer_length)]
MaxQuestions = list_at_most(lambda: settings().max_screening_questions)


class ScreeningRequest(RequestModel):
    """The rules to agree to, the questions, and whether a moderator must approve each new member."""

    rules: Paragraph
    questions: Annotated[list[Line], Field(default_factory=list, max_length=5), MaxQuestions]
    approval: bool = False


class AnswersRequest(RequestModel):
    """Agreement to the rules of this revision, and one answer to each question, in the same order."""

    agrees: Literal[True]
    revision: Version
    answers: Annotated[list[Answer], Field(default_factory=list, max_length=5)]


class ScreeningResponse(ResponseModel):
    """The rules and questions for new members, if `on`. Send `revision` back with the answers."""

    etag: str
    circle_id: str
    name: str
    on: bool
    rules: str
    questions: list[str]
    approval: bool
    revision: int

    @classmethod
    def of(cls, circle: Circle) -> ScreeningResponse:
        screening = circle.screening or Screening("", (), False, circle.screening_revision)
        return cls(
            etag=str(circle.screening_revision),
            circle_id=circle.id,
            name=circle.name,
            on=bool(circle.screening),
            rules=screening.rules,
            questions=list(screening.questions),
            approval=screening.approval,
            revision=screening.revision,
        )


class PendingMemberResponse(ResponseModel):
    """A pending member, with their answers, and the text of their request if they joined without a passcode."""

    user_id: str
    pending_step: PendingStep | None
    pending_since: Moment
    answers: list[str]
    request_text: str
    invited_by: str

    @classmethod
    def of(cls, member: Member) -> PendingMemberResponse:
        return cls(
            user_id=member.user_id,
            pending_step=member.pending_step,
            pending_since=member.joined_at,
            answers=list(member.answers),
            request_text=member.request_text,
            invited_by=member.invited_by,
        )
