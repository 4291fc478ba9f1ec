"""Members, their sanctions, and blocked users."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from services.circles.domain import Member, MemberState, PendingStep, Role, RoleProposal, Sanction, SanctionKind
from services.shared.http.schemas import RequestModel, RequestMoment, ResponseModel
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph, Text


class JoinCircleRequest(RequestModel):
    """Pasted text that contains one passcode."""

    passcode: Annotated[str, Text(1000, is_pasted=True)]


class SanctionRequest(RequestModel):
    """A mute with an end, a kick, or a ban; a ban without an end is permanent. The reason is stored."""

    kind: SanctionKind
    reason: Paragraph
    until: Annotated[RequestMoment | None, Field(validate_default=True)] = None

    @field_validator("until")
    @classmethod
    def require_end_of_kind(cls, until: datetime | None, info: ValidationInfo) -> datetime | None:
        kind = info.data.get("kind")
        if kind is SanctionKind.MUTE and until is None:
            raise ValueInvalid("mute-without-end")
        if kind is SanctionKind.KICK and until is not None:
            raise ValueInvalid("kick-with-end")
        return until


class LiftSanctionRequest(RequestModel):
    """Why a moderator lifts a sanction."""

    reason: Paragraph


class RoleRequest(RequestModel):
    """The new role of a member."""

    role: Literal["co_owner", "moderator", "buyer", "member"]


class AcceptRoleRequest(RequestModel):
    """The role that the caller accepts: the one that is proposed now."""

    role: Annotated[Literal["co_owner", "moderator", "buyer"], Field(description="The proposed role.", examples=["moderator"])]


class LeaveQuery(RequestModel):
    """Whether the caller confirms that a role of trust ends."""

    gives_up_role: Annotated[bool, Field(description="Set it to leave although you hold a role of trust.", examples=[True])] = (
        False
    )


class RoleProposalResponse(ResponseModel):
    """A role of trust that waits for the member's answer. It is void if the right of its proposer ends before."""

    role: Annotated[Role, Field(description="The proposed role.", examples=["moderator"])]
    proposed_by: Annotated[
        str, Field(description="The user who proposed it.", examples=["0d3c6ef0-4b55-4f0e-9d0a-6f2f7f1f6c11"])
    ]
    proposed_at: Moment = Field(description="When it was proposed.", examples=["2026-08-03T12:00:00.000Z"])
    expires_at: Moment = Field(description="It can be accepted before.", examples=["2026-08-10T12:00:00.000Z"])

    @classmethod
    def of(cls, proposal: RoleProposal | None) -> RoleProposalResponse | None:
        if proposal is None:
            return None
        return cls(role=proposal.role, proposed_by=proposal.by, proposed_at=proposal.at, expires_at=proposal.expires_at)


class SanctionResponse(ResponseModel):
    """A sanction in a circle, with its reason; it is in force before `until`, or without an end."""

    kind: SanctionKind
    reason: str
    imposed_at: Moment
    until: Moment | None

    @classmethod
    def of(cls, sanction: Sanction | None) -> SanctionResponse | None:
        if sanction is None:
            return None
        return cls(kind=sanction.kind, reason=sanction.reason, imposed_at=sanction.at, until=sanction.until)


class MemberResponse(ResponseModel):
    """A membership.

    `invited_by` issued the passcode `passcode_id` that the member joined with. `pending_step` is what a pending member waits
    for. `sanction` is the latest kick or ban, `mute` the latest mute, also if it has ended.
    """

    etag: str
    circle_id: str
    user_id: str
    role: Role
    state: MemberState
    joined_at: Moment
    passcode_id: str
    invited_by: str
    pending_step: PendingStep | None
    sanction: SanctionResponse | None
    mute: SanctionResponse | None
    role_proposal: Annotated[
        RoleProposalResponse | None, Field(description="A role that waits for the member's answer.", examples=[None])
    ]

    @classmethod
    def of(cls, member: Member) -> MemberResponse:
        return cls(
            etag=str(member.version),
            circle_id=member.circle_id,
            user_id=member.user_id,
            role=member.effective_role,
            state=member.state,
            joined_at=member.joined_at,
            passcode_id=member.passcode_id,
            invited_by=member.invited_by,
            pending_step=member.pending_step if member.is_pending else None,
            sanction=SanctionResponse.of(member.sanction),
            mute=SanctionResponse.of(member.mute),
            role_proposal=RoleProposalResponse.of(member.proposal),
        )


class BlockResponse(ResponseModel):
    """A user that the caller has blocked."""

    user_id: str

    @classmethod
    def of(cls, user_id: str) -> BlockResponse:
        return cls(user_id=user_id)
