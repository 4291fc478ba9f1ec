"""Members: how they come in, what they are under, how they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, ValidationInfo, field_validator

from services.circles.domain import (
    Awaits,
    Member,
    MemberState,
    Role,
    Sanction,
    SanctionKind,
)
from services.circles.domain.screening import MAX_QUESTIONS
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.text import Paragraph

Answer = Annotated[Paragraph, Field(max_length=500)]


class JoinCircleRequest(RequestModel):
    """Any pasted text that holds one passcode."""

    passcode: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class AnswersRequest(RequestModel):
    """That you agree to the rules of this revision, and an answer to each question, in their order."""

    agrees: Literal[True]
    revision: Annotated[int, Field(ge=0, le=2**53)]
    answers: Annotated[list[Answer], Field(default_factory=list, max_length=MAX_QUESTIONS)]


class SanctionRequest(RequestModel):
    """A mute until a time, a kick, or a ban until a time (without one: for good). The reason is kept."""

    kind: SanctionKind
    reason: Paragraph
    until: Annotated[AwareDatetime | None, Field(validate_default=True)] = None

    @field_validator("until")
    @classmethod
    def fit_the_kind(cls, until: datetime | None, info: ValidationInfo) -> datetime | None:
        kind = info.data.get("kind")
        if kind is SanctionKind.MUTE and until is None:
            raise ValueError("a mute needs an end")
        if kind is SanctionKind.KICK and until is not None:
            raise ValueError("a kick has no end")
        return until


class PardonRequest(RequestModel):
    reason: Paragraph


class RoleRequest(RequestModel):
    role: Literal["co_owner", "moderator", "buyer", "member"]


class SanctionResponse(ResponseModel):
    """What somebody is or was under, why, and until when."""

    kind: SanctionKind
    reason: str
    since: datetime
    until: datetime | None

    @classmethod
    def of(cls, sanction: Sanction | None) -> SanctionResponse | None:
        if sanction is None:
            return None
        return cls(kind=sanction.kind, reason=sanction.reason, since=sanction.at, until=sanction.until)


class MemberResponse(ResponseModel):
    """A membership: `invited_by` issued the passcode `passcode_id` that let them in; a pending member `awaits` something: their
    answers, or to be let in. `sanction` is the last kick or ban, `mute` the last mute; what is over by `until` is over."""

    circle_id: str
    user_id: str
    role: Role
    state: MemberState
    joined_at: datetime
    passcode_id: str
    invited_by: str
    awaits: Awaits | None
    sanction: SanctionResponse | None
    mute: SanctionResponse | None

    @classmethod
    def of(cls, member: Member) -> MemberResponse:
        return cls(
            circle_id=member.circle_id,
            user_id=member.user_id,
            role=member.acts_as,
            state=member.state,
            joined_at=member.joined_at,
            passcode_id=member.passcode_id,
            invited_by=member.invited_by,
            awaits=member.awaits if member.is_pending else None,
            sanction=SanctionResponse.of(member.sanction),
            mute=SanctionResponse.of(member.mute),
        )


class PendingResponse(ResponseModel):
    """Somebody who waits: for what, what they answered, and what they said if they knocked without a code."""

    user_id: str
    awaits: Awaits | None
    answers: list[str]
    words: str
    since: datetime
    invited_by: str

    @classmethod
    def of(cls, member: Member) -> PendingResponse:
        said = {"answers": list(member.answers), "words": member.asked, "invited_by": member.invited_by}
        return cls(user_id=member.user_id, awaits=member.awaits, since=member.joined_at, **said)


class BlockResponse(ResponseModel):
    """Somebody whom you have blocked."""

    user_id: str
