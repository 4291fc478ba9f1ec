"""Routes of screening and pending members."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import ROLE, api
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.put("/circles/{circle_id}/screening", kind=ActionKind.SPEAK, raises=ROLE)
def set_screening(
    caller: Caller, circle_id: str, request: ChangeRequest, body: schemas.ScreeningRequest
) -> schemas.ScreeningResponse:
    """Set the rules and questions for everyone who joins from now on."""
    questions = tuple(body.questions)
    return schemas.ScreeningResponse.of(
        usecases.set_screening(wiring.ports(), caller, circle_id, request, body.rules, questions, approval=body.approval)
    )


@api.delete("/circles/{circle_id}/screening", kind=ActionKind.MODERATE, raises=ROLE)
def stop_screening(caller: Caller, circle_id: str) -> None:
    """Remove the rules and questions for new members."""
    usecases.stop_screening(wiring.ports(), caller, circle_id)


@api.get("/circles/{circle_id}/screening")
def get_screening(caller: Caller, circle_id: str) -> schemas.ScreeningResponse:
    """Get the rules and questions for new members, also while you are pending."""
    return schemas.ScreeningResponse.of(usecases.get_screening(wiring.ports(), caller, circle_id))


@api.post(
    "/circles/{circle_id}/screening/answers", kind=ActionKind.SPEAK, raises=(errors.ScreeningChanged, errors.AnswersIncomplete)
)
def answer_screening(caller: Caller, circle_id: str, body: schemas.AnswersRequest) -> schemas.MemberResponse:
    """Agree to the rules and answer the questions."""
    answers = tuple(body.answers)
    return schemas.MemberResponse.of(usecases.answer_screening(wiring.ports(), caller, circle_id, body.revision, answers))


@api.get("/circles/{circle_id}/pending-members", raises=ROLE)
def list_pending_members(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.PendingMemberResponse]:
    """List the pending members with their answers, longest waiting first."""
    return usecases.list_pending_members(wiring.ports(), caller, circle_id, page).map(schemas.PendingMemberResponse.of)


@api.post(
    "/circles/{circle_id}/members/{user_id}/approval", kind=ActionKind.MODERATE, raises=(*ROLE, errors.ScreeningNotAnswered)
)
def approve_member(caller: Caller, circle_id: str, user_id: str) -> schemas.MemberResponse:
    """Approve a pending member. To reject one, kick or ban them."""
    return schemas.MemberResponse.of(usecases.approve_member(wiring.ports(), caller, circle_id, user_id))
