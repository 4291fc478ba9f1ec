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


@api.delete("/circles/{circle_id}/membership", kind=ActionKind.OWN_DATA, raises=(errors.OwnerCannotLeave, errors.RoleHeld))
def leave_circle(caller: Caller, circle_id: str, query: schemas.LeaveQuery) -> None:
    """Leave a circle. With a role of trust, confirm that you give it up."""
    usecases.leave_circle(wiring.ports(), caller, circle_id, gives_up_role=query.gives_up_role)


@api.put("/circles/{circle_id}/members/{user_id}/role", kind=ActionKind.MODERATE, raises=ROLE)
def set_role(
    caller: Caller, circle_id: str, user_id: str, request: ChangeRequest, body: schemas.RoleRequest
) -> schemas.MemberResponse:
    """Propose a higher role to a member, who accepts it, or set a lower one at once. Their own role withdraws a proposal."""
    return schemas.MemberResponse.of(usecases.set_role(wiring.ports(), caller, circle_id, user_id, request, Role(body.role)))


@api.post(
    "/circles/{circle_id}/membership/role-proposal/acceptance", kind=ActionKind.PARTICIPATE, raises=(errors.RoleProposalEnded,)
)
def accept_role(caller: Caller, circle_id: str, body: schemas.AcceptRoleRequest) -> schemas.MemberResponse:
    """Accept the role that is proposed to you. It is in effect from now on."""
    return schemas.MemberResponse.of(usecases.accept_role(wiring.ports(), caller, circle_id, Role(body.role)))


@api.delete("/circles/{circle_id}/membership/role-proposal", kind=ActionKind.OWN_DATA)
def decline_role(caller: Caller, circle_id: str) -> None:
    """Decline the role that is proposed to you. Nothing else changes."""
    usecases.decline_role(wiring.ports(), caller, circle_id)


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
