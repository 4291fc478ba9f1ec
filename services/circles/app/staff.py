"""Routes by which reviewers and operators find a user, and read the profile and circles. Each call is recorded."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import api
from services.shared.http.schemas import GrantQuery
from services.shared.kernel.errors import ConflictOfInterest, ReadGrantInvalid, ReviewerNotEnrolled
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller


@api.get("/staff/users", raises=(ReviewerNotEnrolled, ReadGrantInvalid))
def list_users(caller: Caller, page: PageRequest, query: schemas.UsersQuery) -> Page[schemas.UserResponse]:
    """List the users whose nickname begins with a text, in either Chinese script or in pinyin. Your access is recorded."""
    return usecases.list_users(wiring.ports(), caller, query.name, page, query.grant).map(schemas.UserResponse.of)


@api.get("/staff/users/{user_id}/profile", raises=(ReviewerNotEnrolled, ConflictOfInterest, ReadGrantInvalid))
def get_user_profile(caller: Caller, user_id: str, query: GrantQuery) -> schemas.StaffProfileResponse:
    """Get the profile of a user with the circles. Your access is recorded."""
    return schemas.StaffProfileResponse.of(usecases.get_user_profile(wiring.ports(), caller, user_id, query.grant))
