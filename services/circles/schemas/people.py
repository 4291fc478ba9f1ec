"""Profiles, and people as the members of their circles see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from pydantic_core import PydanticKnownError

from services.circles.domain import Role
from services.circles.domain.profile import Name
from services.circles.names.pinyin import NameQuery, name_of
from services.circles.schemas.members import RoleProposalResponse
from services.circles.settings import settings
from services.circles.usecases import AvatarLink, ListedPerson, OwnProfile, Person
from services.shared.http.schemas import PictureId, RequestModel, ResponseModel
from services.shared.kernel.ids import PATTERNS, short_hash
from services.shared.kernel.moments import Moment
from services.shared.kernel.names.rules import require_allowed_name, require_no_contact
from services.shared.kernel.text import Text

MAX_PEOPLE = 50  # in one call; far more than a screen shows
USER_ID = PATTERNS["user_id"]

Nickname = Annotated[str, Text(20, lambda: settings().max_nickname_length, is_line=True), AfterValidator(require_allowed_name)]
Bio = Annotated[str, Text(200, lambda: settings().max_bio_length), AfterValidator(require_no_contact)]
ListedRole = Literal["owner", "co_owner", "moderator", "buyer", "member"]


class UpdateProfileRequest(RequestModel):
    """What to change of your profile. A field that is absent stays, and null clears it."""

    nickname: Nickname | None = Field(None, description="The name that circles show.", examples=["阿岚爱观鸟"])
    avatar: PictureId | None = Field(
        None, description="The id of an avatar that is ready.", examples=["pic_01JD0Z6V7Q8W9X0Y1Z2A3B4C5D"]
    )
    bio: Bio | None = Field(None, description="A text about you.", examples=["周末在湿地，平时在写代码"])

    @property
    def changes(self) -> dict[str, Any]:
        """The changes of the profile that the client sent."""
        values = {"name": _name(self.nickname), "avatar": self.avatar or "", "bio": self.bio or ""}
        sent = {"name" if field == "nickname" else field for field in self.model_fields_set}
        return {field: value for field, value in values.items() if field in sent}


class UpdateMembershipRequest(RequestModel):
    """Your nickname in this circle; null shows that of your profile again."""

    nickname: Nickname | None = Field(description="The name that this circle alone shows.", examples=["大山雀"])

    @property
    def name(self) -> Name | None:
        return _name(self.nickname)


class PeopleQuery(RequestModel):
    """The ids of the users to return."""

    ids: Annotated[str, StringConstraints(pattern=rf"^({USER_ID}(,{USER_ID})*)?$", max_length=4000)] = Field(
        "", description="At most 50 user ids, separated by commas.", examples=["user-1,user-2"]
    )

    @field_validator("ids")
    @classmethod
    def require_few(cls, ids: str) -> str:
        if (count := ids.count(",") + 1) > MAX_PEOPLE:
            raise PydanticKnownError("too_long", {"field_type": "List", "max_length": MAX_PEOPLE, "actual_length": count})
        return ids

    @property
    def user_ids(self) -> list[str]:
        return list(dict.fromkeys(self.ids.split(","))) if self.ids else []


class MembersQuery(RequestModel):
    """Which members to list."""

    role: ListedRole | None = Field(None, description="Only members with this role.", examples=["moderator"])
    q: Annotated[str, Text(20, is_line=True)] | None = Field(
        None, description="How the nickname begins, in either Chinese script or in pinyin.", examples=["guanniao"]
    )

    @property
    def name(self) -> NameQuery | None:
        return NameQuery.parse(self.q) if self.q else None


class AvatarResponse(ResponseModel):
    """An avatar, a square. Its address needs no token."""

    picture_id: str = Field(description="Changes with each new avatar.", examples=["pic_01JD0Z6V7Q8W9X0Y1Z2A3B4C5D"])
    url: str = Field(description="The address of the picture.", examples=["https://pictures.example/shown/avatars/1"])
    expires_at: Moment = Field(description="When the address stops working.", examples=["2026-08-03T12:15:00.000Z"])

    @classmethod
    def of(cls, link: AvatarLink | None) -> AvatarResponse | None:
        return cls(picture_id=link.picture_id, url=link.url, expires_at=link.expires_at) if link else None


class ProfileResponse(ResponseModel):
    """Your profile."""

    etag: str = Field(description="For the If-Match header of the next change.", examples=["1785758400000"])
    user_id: str = Field(description="Your id.", examples=["user-1"])
    nickname: str = Field(description="The name that circles show.", examples=["阿岚爱观鸟"])
    is_default_nickname: bool = Field(description="Whether you have not chosen a nickname yet.", examples=[False])
    avatar: AvatarResponse | None = Field(description="Your avatar, if you have one.", examples=[None])
    bio: str = Field(description="The text about you; may be empty.", examples=["周末在湿地，平时在写代码"])

    @classmethod
    def of(cls, own: OwnProfile) -> ProfileResponse:
        profile = own.profile
        return cls(
            etag=str(profile.version),
            user_id=profile.user_id,
            nickname=profile.shown_name.text,
            is_default_nickname=profile.name is None,
            avatar=AvatarResponse.of(own.avatar),
            bio=profile.bio,
        )


class OwnMembershipResponse(ResponseModel):
    """Your membership of a circle, as its members see it."""

    etag: str = Field(description="For the If-Match header of the next change.", examples=["1785758400000"])
    circle_id: str = Field(description="The circle.", examples=["cir_01JD0Z6V7Q8W9X0Y1Z2A3B4C5D"])
    user_id: str = Field(description="Your id.", examples=["user-1"])
    role: Role = Field(description="Your role; that of an ordinary member follows from trust.", examples=["member"])
    nickname: str = Field(description="The name that this circle shows.", examples=["大山雀"])
    has_own_nickname: bool = Field(description="Whether the name is of this circle alone.", examples=[True])
    avatar: AvatarResponse | None = Field(description="The avatar of your profile, if it has one.", examples=[None])
    joined_at: Moment = Field(description="When you joined.", examples=["2026-08-03T12:00:00.000Z"])
    role_proposal: RoleProposalResponse | None = Field(
        description="A role that waits for your answer; null without one, and once it has expired.", examples=[None]
    )

    @classmethod
    def of(cls, person: Person, now: datetime) -> OwnMembershipResponse:
        member, proposal = person.member, person.member.open_proposal(now)
        return cls(
            etag=str(member.appearance.name_version),
            circle_id=member.circle_id,
            user_id=member.user_id,
            role=member.effective_role,
            nickname=member.appearance.name.text,
            has_own_nickname=member.appearance.has_own_name,
            avatar=AvatarResponse.of(person.avatar),
            joined_at=member.joined_at,
            role_proposal=RoleProposalResponse.of(proposal),
        )


class PersonResponse(ResponseModel):
    """A user as the circle shows them. A past member has the name of that time, and neither avatar nor role."""

    nickname: str = Field(description="The name that this circle shows; empty of a deleted account.", examples=["大山雀"])
    avatar: AvatarResponse | None = Field(description="The avatar, if there is one.", examples=[None])
    role: ListedRole | None = Field(description="The role; null of a past member.", examples=["member"])
    is_deleted: bool = Field(
        description="Whether the account is deleted: show a fixed name in the reader's language.", examples=[False]
    )

    @classmethod
    def of(cls, person: Person) -> PersonResponse:
        member = person.member
        role: Any = str(member.role) if member.is_active else None
        nickname = "" if member.is_account_deleted else member.appearance.name.text
        avatar = AvatarResponse.of(person.avatar)
        return cls(nickname=nickname, avatar=avatar, role=role, is_deleted=member.is_account_deleted)


class PeopleResponse(ResponseModel):
    """People by user id. An id that was never in the circle is left out."""

    etag: str = Field(description="For the If-None-Match header of the next request.", examples=["b2VbZ2kQ3dM"])
    people: dict[str, PersonResponse] = Field(
        description="A person per user id.",
        examples=[{"user-1": {"nickname": "大山雀", "avatar": None, "role": "member", "is_deleted": False}}],
    )

    @classmethod
    def of(cls, people: Sequence[Person]) -> PeopleResponse:
        """The ETag changes with what is shown. An avatar has a new address before the one that was given expires."""
        by_id = {person.member.user_id: person for person in people}
        etag = short_hash(*(part for parts in sorted(map(_shown, people)) for part in parts))
        return cls(etag=etag, people={user_id: PersonResponse.of(person) for user_id, person in by_id.items()})


class ListedMemberResponse(ResponseModel):
    """A member in the list of a circle."""

    user_id: str = Field(description="The member.", examples=["user-1"])
    nickname: str = Field(description="The name that this circle shows.", examples=["大山雀"])
    avatar: AvatarResponse | None = Field(description="The avatar, if there is one.", examples=[None])
    role: ListedRole = Field(description="The role, without the trust of an ordinary member.", examples=["member"])
    joined_at: Moment = Field(description="When the member joined.", examples=["2026-08-03T12:00:00.000Z"])

    @classmethod
    def of(cls, listed: ListedPerson) -> ListedMemberResponse:
        member, role = listed.member, str(listed.member.role)
        avatar = AvatarResponse.of(listed.avatar)
        values: dict[str, Any] = {"user_id": member.user_id, "nickname": member.name.text, "role": role}
        return cls(**values, avatar=avatar, joined_at=member.joined_at)


def _name(nickname: str | None) -> Name | None:
    return name_of(nickname) if nickname else None


def _shown(person: Person) -> tuple[str, ...]:
    member, avatar = person.member, person.avatar.url if person.avatar else ""
    role = str(member.role) if member.is_active else ""
    return member.user_id, member.appearance.name.text, avatar, role, str(member.is_account_deleted)
