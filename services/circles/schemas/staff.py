"""What reviewers and operators read about a user."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.circles.domain import Circle, Member, MemberState, Role
from services.circles.domain.profile import Profile
from services.circles.names.pinyin import NameQuery
from services.circles.schemas.people import AvatarResponse
from services.circles.usecases import StaffProfile
from services.shared.http.schemas import GrantQuery, ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Text


class UsersQuery(GrantQuery):
    """Which users to list. Without a nickname the list is empty."""

    nickname: Annotated[str, Text(20, is_line=True)] | None = Field(
        None, description="How the nickname begins, in either Chinese script or in pinyin.", examples=["guanniao"]
    )

    @property
    def name(self) -> NameQuery:
        return NameQuery.parse(self.nickname or "")


class UserResponse(ResponseModel):
    """A user with a chosen nickname."""

    user_id: str = Field(description="The user.", examples=["user-1"])
    nickname: str = Field(description="The nickname of the profile.", examples=["阿岚爱观鸟"])

    @classmethod
    def of(cls, profile: Profile) -> UserResponse:
        return cls(user_id=profile.user_id, nickname=profile.shown_name.text)


class StaffMembershipResponse(ResponseModel):
    """A membership of the user, also a past one."""

    circle_id: str = Field(description="The circle.", examples=["cir_01JD0Z6V7Q8W9X0Y1Z2A3B4C5D"])
    circle_name: str = Field(description="Name of the circle; empty once it is erased.", examples=["城市观鸟圈"])
    nickname: str = Field(description="The name that this circle shows.", examples=["大山雀"])
    role: Role = Field(description="The role; that of an ordinary member follows from trust.", examples=["member"])
    state: MemberState = Field(description="The state of the membership.", examples=["member"])
    joined_at: Moment = Field(description="When the user joined.", examples=["2026-08-03T12:00:00.000Z"])

    @classmethod
    def of(cls, member: Member, circle: Circle | None) -> StaffMembershipResponse:
        return cls(
            circle_id=member.circle_id,
            circle_name=circle.name if circle else "",
            nickname=member.appearance.name.text,
            role=member.effective_role,
            state=member.state,
            joined_at=member.joined_at,
        )


class StaffProfileResponse(ResponseModel):
    """The profile of a user, and at most 100 memberships."""

    user_id: str = Field(description="The user.", examples=["user-1"])
    nickname: str = Field(description="The nickname of the profile.", examples=["阿岚爱观鸟"])
    is_default_nickname: bool = Field(description="Whether the user has not chosen a nickname.", examples=[False])
    avatar: AvatarResponse | None = Field(description="The avatar, if there is one.", examples=[None])
    bio: str = Field(description="The user's text about themselves; may be empty.", examples=["周末在湿地，平时在写代码"])
    memberships: list[StaffMembershipResponse] = Field(description="The memberships, past ones too.")

    @classmethod
    def of(cls, read: StaffProfile) -> StaffProfileResponse:
        profile = read.profile
        return cls(
            user_id=profile.user_id,
            nickname=profile.shown_name.text,
            is_default_nickname=profile.name is None,
            avatar=AvatarResponse.of(read.avatar),
            bio=profile.bio,
            memberships=[StaffMembershipResponse.of(member, circle) for member, circle in read.memberships],
        )
