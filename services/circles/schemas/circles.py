"""Circles as their members see them, and closing a circle."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from services.circles.domain import Circle, CircleState, Member, Role
from services.circles.schemas.members import RoleProposalResponse, SanctionResponse
from services.circles.settings import settings
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.limits import at_least, at_most
from services.shared.kernel.moments import Moment


class CircleResponse(ResponseModel):
    """A circle, with the caller's role and mute.

    While it is read-only, nothing can be posted or sold in it.
    """

    circle_id: str
    name: str
    tags: list[str]
    state: CircleState
    read_only: bool
    seat: int
    created_at: Moment
    closes_at: Moment | None
    own_role: Role
    own_mute: SanctionResponse | None
    own_role_proposal: Annotated[
        RoleProposalResponse | None, Field(description="A role that waits for the caller's answer.", examples=[None])
    ]

    @classmethod
    def of(cls, circle: Circle, member: Member, at: datetime) -> CircleResponse:
        return cls(
            circle_id=circle.id,
            name=circle.name,
            tags=list(circle.tags),
            state=circle.state,
            read_only=circle.is_read_only(at),
            seat=circle.seat,
            created_at=circle.created_at,
            closes_at=circle.closes_at,
            own_role=member.effective_role,
            own_mute=SanctionResponse.of(member.active_mute(at)),
            own_role_proposal=RoleProposalResponse.of(member.open_proposal(at)),
        )


class CloseCircleRequest(RequestModel):
    """The number of days for which the circle can still be read and exported."""

    notice_days: Annotated[
        int,
        Field(ge=1, le=90, default_factory=lambda: settings().closing_notice.days),
        at_least(lambda: settings().min_closing_notice.days),
        at_most(lambda: settings().max_closing_notice.days),
    ]

    @property
    def notice(self) -> timedelta:
        return timedelta(days=self.notice_days)


class ClosingResponse(ResponseModel):
    """When the circle and its content will be deleted."""

    circle_id: str
    closes_at: Moment | None

    @classmethod
    def of(cls, circle: Circle) -> ClosingResponse:
        return cls(circle_id=circle.id, closes_at=circle.closes_at)
