"""Routes of the caller's profile, and of the people of a circle."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import api
from services.circles.domain import Role
from services.circles.domain.profile import AVATARS
from services.shared.http.schemas import ReportRequest
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

PEOPLE_MAX_AGE = 60  # seconds: a changed name shows within a minute


@api.get("/me")
def get_profile(caller: Caller) -> schemas.ProfileResponse:
    """Get your profile."""
    return schemas.ProfileResponse.of(usecases.get_profile(wiring.ports(), caller))


@api.patch("/me", kind=ActionKind.SPEAK, raises=(errors.PicturesInvalid, errors.PicturesNotReady))
def update_profile(caller: Caller, request: ChangeRequest, body: schemas.UpdateProfileRequest) -> schemas.ProfileResponse:
    """Change your nickname, avatar or bio. A field that is absent stays, and null clears it."""
    return schemas.ProfileResponse.of(usecases.update_profile(wiring.ports(), caller, request, body.changes))


@api.post("/me/avatars", kind=ActionKind.SPEAK, status=201)
def create_avatar_upload(caller: Caller, key: IdempotencyKey, body: schemas.PictureRequest) -> schemas.UploadResponse:
    """Get a form to upload an avatar with. A retry returns a new form for the same avatar."""
    return schemas.UploadResponse.of(*usecases.create_avatar_upload(wiring.ports(), key, body.type, body.size))


@api.get("/me/avatars/{picture_id}")
def get_avatar(caller: Caller, picture_id: str) -> schemas.UploadedPictureResponse:
    """Get the state of an avatar that you upload: whether it is ready, or why your profile cannot have it."""
    ports = wiring.ports()
    upload, addresses = usecases.get_avatar(ports, caller, picture_id), usecases.picture_addresses(ports)
    return schemas.UploadedPictureResponse.of(upload, AVATARS, caller.user_id, addresses)


@api.get("/circles/{circle_id}/people", max_age=PEOPLE_MAX_AGE)
def get_people(caller: Caller, circle_id: str, query: schemas.PeopleQuery) -> schemas.PeopleResponse:
    """Get the names and avatars of up to 50 people of a circle, past members included."""
    return schemas.PeopleResponse.of(usecases.get_people(wiring.ports(), caller, circle_id, query.user_ids))


@api.get("/circles/{circle_id}/members")
def list_members(
    caller: Caller, circle_id: str, page: PageRequest, query: schemas.MembersQuery
) -> Page[schemas.ListedMemberResponse]:
    """List the members of a circle by rank, then by name; or those with a role, or whose name begins with a text."""
    role = Role(query.role) if query.role else None
    members = usecases.list_members(wiring.ports(), caller, circle_id, page, role, query.name)
    return members.map(schemas.ListedMemberResponse.of)


@api.post("/circles/{circle_id}/members/{user_id}/reports", kind=ActionKind.SPEAK)
def report_member(caller: Caller, circle_id: str, user_id: str, body: ReportRequest) -> None:
    """Report the nickname or the avatar of a member, or of a past one, to the platform."""
    usecases.report_member(wiring.ports(), caller, circle_id, user_id, body.report_input)


@api.get("/circles/{circle_id}/membership")
def get_membership(caller: Caller, circle_id: str) -> schemas.OwnMembershipResponse:
    """Get your membership of a circle: your role, a role that is proposed to you, and the name that the circle shows."""
    ports = wiring.ports()
    return schemas.OwnMembershipResponse.of(usecases.get_membership(ports, caller, circle_id), ports.clock())


@api.patch("/circles/{circle_id}/membership", kind=ActionKind.SPEAK)
def update_membership(
    caller: Caller, circle_id: str, request: ChangeRequest, body: schemas.UpdateMembershipRequest
) -> schemas.OwnMembershipResponse:
    """Choose a nickname for this circle alone, or show that of your profile again."""
    ports = wiring.ports()
    person = usecases.update_membership(ports, caller, circle_id, request, body.name)
    return schemas.OwnMembershipResponse.of(person, ports.clock())
