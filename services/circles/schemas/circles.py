"""Circles as their members see them, and closing a circle."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from services.circles.domain import Action, Circle, CircleState, CountVisibility, Role
from services.circles.domain.page import permitted_actions
from services.circles.schemas.members import RoleProposalResponse, SanctionResponse
from services.circles.settings import settings
from services.circles.usecases.circles import OwnCircle
from services.shared.http.pictures import PictureResponse
from services.shared.http.schemas import PictureId, RequestModel, ResponseModel, ViolationResponse
from services.shared.kernel.limits import at_least, at_most
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Text
from services.shared.pictures.addresses import PictureAddresses
from services.shared.security.account_status import SanctionLevel


class CircleResponse(ResponseModel):
    """A circle, with the caller's role and mute.

    While it is read-only, nothing can be posted or sold in it.
    """

    circle_id: str
    name: str
    cover: Annotated[
        PictureResponse | None, Field(description="The picture at the top of the circle, if it has one.", examples=[None])
    ]
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
    def of(cls, own: OwnCircle, addresses: PictureAddresses, at: datetime) -> CircleResponse:
        return cls(**_circle_fields(own, addresses, at, full=False))


class CirclePageResponse(CircleResponse):
    """The page of a circle, as the caller sees it."""

    description: Annotated[
        str, Field(description="What the circle is about. Only members read it.", examples=["只聊城市里的野鸟"])
    ]
    member_count: Annotated[
        int | None, Field(description="The number of members; null if the owner shows it to moderators only.", examples=[128])
    ]
    count_visible_to: CountVisibility = Field(description="Who sees `member_count`.", examples=["members"])
    own_permissions: Annotated[
        list[Action],
        Field(
            description="What your role permits and no sanction denies. A circle that is read-only can deny more.",
            examples=[["read", "post_note", "comment", "like"]],
        ),
    ]
    violation: Annotated[
        ViolationResponse | None,
        Field(
            description="The rule that description or cover broke: the platform has reset both. For who can edit them.",
            examples=[None],
        ),
    ]
    name_violation: Annotated[
        ViolationResponse | None,
        Field(
            description="The rule that the circle's name broke: the platform shows a default one. For its owner.",
            examples=[None],
        ),
    ]
    etag: Annotated[str, Field(description="Name it in If-Match to change the page.", examples=["3"])]

    @classmethod
    def of_page(cls, own: OwnCircle, level: SanctionLevel, addresses: PictureAddresses, at: datetime) -> CirclePageResponse:
        """Return the response to a caller with this platform sanction."""
        circle, member = own
        page = circle.page
        return cls(
            **_circle_fields(own, addresses, at, full=True),
            description=page.description,
            member_count=circle.members if page.is_count_visible(member) else None,
            count_visible_to=page.count_visible_to,
            own_permissions=permitted_actions(member, level, at),
            violation=ViolationResponse.of(page.take_downs.violation) if member.can(Action.EDIT_PAGE) else None,
            name_violation=ViolationResponse.of(circle.name_violation) if member.effective_role is Role.OWNER else None,
            etag=str(page.revision),
        )


def _circle_fields(own: OwnCircle, addresses: PictureAddresses, at: datetime, *, full: bool) -> dict[str, Any]:
    circle, member = own
    cover = circle.page.cover
    return {
        "circle_id": circle.id,
        "name": circle.name,
        "cover": PictureResponse.of(cover.picture, circle.id, cover.author, addresses, full=full) if cover else None,
        "tags": list(circle.tags),
        "state": circle.state,
        "read_only": circle.is_read_only(at),
        "seat": circle.seat,
        "created_at": circle.created_at,
        "closes_at": circle.closes_at,
        "own_role": member.effective_role,
        "own_mute": SanctionResponse.of(member.active_mute(at)),
        "own_role_proposal": RoleProposalResponse.of(member.open_proposal(at)),
    }


class UpdateCircleRequest(RequestModel):
    """What to change of the page of your circle. A field that is absent stays, and null clears it."""

    description: Annotated[str, Text(500, lambda: settings().max_description_length)] | None = Field(
        None, description="What the circle is about.", examples=["只聊城市里的野鸟，不公布巢址。"]
    )
    cover: PictureId | None = Field(
        None, description="A picture that you uploaded to this circle.", examples=["pic_01K3ZKXB4M8Q2V5T7W9Y1A3C5E"]
    )
    count_visible_to: CountVisibility | None = Field(
        None, description="Who sees the number of members; null means all members.", examples=["moderators"]
    )

    @property
    def changes(self) -> dict[str, Any]:
        """The values of the fields that the client sent."""
        visible_to = self.count_visible_to or CountVisibility.MEMBERS
        values = {"description": self.description or "", "cover": self.cover or "", "count_visible_to": visible_to}
        return {name: value for name, value in values.items() if name in self.model_fields_set}


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
