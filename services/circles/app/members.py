"""What is called about members: how they come in, what they may, how it ends."""

from __future__ import annotations

from typing import Any

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import ROLE, api
from services.circles.domain import Role
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.security.auth import Caller


@api.post("/memberships", raises=(errors.PasscodeRejected, errors.PasscodeLocked, errors.PasscodeUnclear))
def join_circle(caller: Caller, body: schemas.JoinCircleRequest) -> schemas.MemberResponse:
    """Join a circle by its passcode, pasted as it came."""
    return schemas.MemberResponse.of(usecases.join_circle(wiring.ports(), caller, body.passcode))


@api.post("/circles/{circle_id}/screening/answers", raises=(errors.ScreeningChanged, errors.AnswersIncomplete))
def answer_screening(caller: Caller, circle_id: str, body: schemas.AnswersRequest) -> schemas.MemberResponse:
    """Agree to the rules that you read and answer the questions."""
    answers = tuple(body.answers)
    return schemas.MemberResponse.of(usecases.answer_screening(wiring.ports(), caller, circle_id, body.revision, answers))


@api.get("/circles/{circle_id}/pending", raises=ROLE)
def list_pending(caller: Caller, circle_id: str, page: PageRequest) -> PageResponse[schemas.PendingResponse]:
    """List who waits to be let in, first come first, with their answers."""
    found, rest = usecases.list_pending(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.PendingResponse.of(one) for one in found], rest)


@api.post("/circles/{circle_id}/members/{user_id}/admission", raises=(*ROLE, errors.NotAnswered))
def approve_member(caller: Caller, circle_id: str, user_id: str) -> schemas.MemberResponse:
    """Let in somebody who waits; to turn them away, kick or ban them."""
    return schemas.MemberResponse.of(usecases.approve_member(wiring.ports(), caller, circle_id, user_id))


@api.get("/circles/{circle_id}/members", raises=ROLE)
def list_members(caller: Caller, circle_id: str, page: PageRequest) -> PageResponse[schemas.MemberResponse]:
    """List the members of a circle you keep in order."""
    found, rest = usecases.list_members(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.MemberResponse.of(one) for one in found], rest)


@api.delete("/circles/{circle_id}/membership", raises=(errors.OwnerCannotLeave,))
def leave_circle(caller: Caller, circle_id: str) -> None:
    """Leave a circle."""
    usecases.leave_circle(wiring.ports(), caller, circle_id)


@api.put("/circles/{circle_id}/members/{user_id}/role", raises=ROLE)
def set_role(caller: Caller, circle_id: str, user_id: str, body: schemas.RoleRequest) -> schemas.MemberResponse:
    """Make a member a moderator, or a moderator a member."""
    return schemas.MemberResponse.of(usecases.set_role(wiring.ports(), caller, circle_id, user_id, Role(body.role)))


@api.post("/circles/{circle_id}/members/{user_id}/sanctions", raises=ROLE)
def impose_member_sanction(
    caller: Caller, circle_id: str, user_id: str, body: schemas.SanctionRequest
) -> schemas.MemberResponse:
    """Mute, kick or ban somebody, with the reason."""
    how: dict[str, Any] = {"reason": body.reason, "until": body.until}
    return schemas.MemberResponse.of(
        usecases.impose_member_sanction(wiring.ports(), caller, circle_id, user_id, body.kind, **how)
    )


@api.post("/circles/{circle_id}/members/{user_id}/sanctions/lifting", raises=ROLE)
def pardon_member(caller: Caller, circle_id: str, user_id: str, body: schemas.PardonRequest) -> schemas.MemberResponse:
    """End somebody's mute or ban before its time, with the reason."""
    return schemas.MemberResponse.of(usecases.pardon_member(wiring.ports(), caller, circle_id, user_id, body.reason))
