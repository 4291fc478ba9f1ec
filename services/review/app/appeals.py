"""Routes about the caller's own account status and take-downs, appeals against them, and their decision by reviewers."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import DECIDER_ERRORS, READ_ERRORS, REVIEWER_ERRORS, api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

APPEAL_ERRORS = (errors.DecisionAlreadyAppealed, errors.AppealPeriodExpired)


@api.get("/me/account-status", kind=ActionKind.ACCOUNT)
def get_own_account_status(caller: Caller) -> schemas.OwnAccountStatusResponse:
    """Get the sanction in force for your account, why and until when, and whether you can appeal. Open to suspended users."""
    ports = wiring.ports()
    return schemas.OwnAccountStatusResponse.of(usecases.get_own_account_status(ports, caller), ports.clock())


@api.post("/me/account-status/appeal", kind=ActionKind.ACCOUNT, status=201, raises=(errors.SanctionNotInForce, *APPEAL_ERRORS))
def appeal_sanction(
    caller: Caller, key: IdempotencyKey, body: schemas.DecisionAppealRequest
) -> schemas.OwnAccountStatusResponse:
    """Appeal your sanction once. Other reviewers decide. A sanction that has ended can be appealed too, for its strike."""
    ports = wiring.ports()
    return schemas.OwnAccountStatusResponse.of(usecases.appeal_sanction(ports, caller, key, body.statement), ports.clock())


@api.get("/me/take-downs", kind=ActionKind.ACCOUNT)
def list_take_downs(caller: Caller, page: PageRequest) -> Page[schemas.TakeDownResponse]:
    """List what reviewers took down of your content, and your listings that moderators removed, newest first, with the reason.

    Open to suspended users.
    """
    ports = wiring.ports()
    now = ports.clock()
    return usecases.list_take_downs(ports, caller, page).map(lambda case: schemas.TakeDownResponse.of(case, now))


@api.post("/me/take-downs/{case_id}/appeal", kind=ActionKind.ACCOUNT, status=201, raises=APPEAL_ERRORS)
def appeal_take_down(
    caller: Caller, case_id: str, key: IdempotencyKey, body: schemas.DecisionAppealRequest
) -> schemas.TakeDownResponse:
    """Appeal a take-down of your content, or a removal of your listing, once. Other reviewers decide, and can restore it."""
    ports = wiring.ports()
    case = usecases.appeal_take_down(ports, caller, case_id, key, body.statement)
    return schemas.TakeDownResponse.of(case, ports.clock())


@api.get("/appeals", raises=REVIEWER_ERRORS)
def list_appeals(caller: Caller, page: PageRequest) -> Page[schemas.AppealEntry]:
    """List the open appeals without user and statement: the overdue ones first, then the earliest due."""
    return usecases.list_appeals(wiring.ports(), caller, page).map(schemas.AppealEntry.of)


@api.get("/appeals/{appeal_id}", raises=READ_ERRORS)
def get_appeal(caller: Caller, appeal_id: str) -> schemas.UserAppealResponse:
    """Get an appeal with its statement, and the evidence of the case or the sanction. Your access is recorded."""
    return schemas.UserAppealResponse.of(*usecases.get_appeal(wiring.ports(), caller, appeal_id))


@api.post("/appeals/{appeal_id}/decision", kind=ActionKind.STAFF, raises=(*DECIDER_ERRORS, errors.AppealClosed))
def decide_appeal(caller: Caller, appeal_id: str, body: schemas.AppealDecisionRequest) -> schemas.AppealStateResponse:
    """Decide an appeal against a decision of other reviewers. If two decided a sanction, two must grant the appeal.

    `granted` restores the content, or lifts the sanction as a mistake. `upheld` is final.
    """
    appeal = usecases.decide_appeal(wiring.ports(), caller, appeal_id, body.outcome, body.note)
    return schemas.AppealStateResponse.of(appeal)
