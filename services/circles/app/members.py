"""Routes of members: joining, roles, sanctions, leaving."""

from __future__ import annotations

from typing import Any

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import ROLE, api
from services.circles.domain import Role
from services.circles.settings import settings
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post(
    "/memberships", kind=ActionKind.PARTICIPATE, raises=(errors.PasscodeRejected, errors.PasscodeLocked, errors.PasscodeUnclear)
)
def join_circle(caller: Caller, body: schemas.JoinCircleRequest) -> schemas.MemberResponse:
    """Join a circle with the passcode in a pasted text."""
    return schemas.MemberResponse.of(usecases.join_circle(wiring.ports(), caller, body.passcode))


@api.get("/circles/{circle_id}/memberships", raises=ROLE)
def list_memberships(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.MemberResponse]:
    """List the memberships of a circle that you moderate, past ones included, with their sanctions."""
    return usecases.list_memberships(wiring.ports(), caller, circle_id, page).map(schemas.MemberResponse.of)


@api.delete("/circles/{circle_id}/membership", kind=ActionKind.OWN_DATA, raises=(errors.OwnerCannotLeave,))
def leave_circle(caller: Caller, circle_id: str) -> None:
    """Leave a circle."""
    usecases.leave_circle(wiring.ports(), caller, circle_id)


@api.put("/circles/{circle_id}/members/{user_id}/role", kind=ActionKind.MODERATE, raises=ROLE)
def set_role(
    caller: Caller, circle_id: str, user_id: str, request: ChangeRequest, body: schemas.RoleRequest
) -> schemas.MemberResponse:
    """Give a member another role."""
    return schemas.MemberResponse.of(usecases.set_role(wiring.ports(), caller, circle_id, user_id, request, Role(body.role)))


@api.post("/circles/{circle_id}/members/{user_id}/sanctions", kind=ActionKind.MODERATE, raises=ROLE)
def impose_member_sanction(
    caller: Caller, circle_id: str, user_id: str, key: IdempotencyKey, body: schemas.SanctionRequest
) -> schemas.MemberResponse:
    """Mute, kick or ban a member, with a reason."""
    terms: dict[str, Any] = {"reason": body.reason, "until": body.until, "request": settings().change_request(key)}
    member = usecases.impose_member_sanction(wiring.ports(), caller, circle_id, user_id, body.kind, **terms)
    return schemas.MemberResponse.of(member)


@api.post("/circles/{circle_id}/members/{user_id}/sanctions/lifting", kind=ActionKind.MODERATE, raises=ROLE)
def lift_member_sanction(
    caller: Caller, circle_id: str, user_id: str, key: IdempotencyKey, body: schemas.LiftSanctionRequest
) -> schemas.MemberResponse:
    """End a member's mute or ban before its time, with a reason."""
    request = settings().change_request(key)
    member = usecases.lift_member_sanction(wiring.ports(), caller, circle_id, user_id, body.reason, request=request)
    return schemas.MemberResponse.of(member)
