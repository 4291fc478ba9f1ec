"""Routes about payouts: of sellers and owners, and of the operators who approve large ones."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.shared.kernel.errors import ConflictOfInterest, OperatorRequired
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

REQUESTING = (
    errors.PayoutsBlocked,
    errors.PayoutAccountMissing,
    errors.PayoutAccountNotVerified,
    errors.PayoutAccountOnHold,
    errors.BalanceInsufficient,
)
DECIDING = (OperatorRequired, ConflictOfInterest, errors.ApproverNotVerified, errors.PayoutStateConflict)


@api.get("/payout-account")
def get_payout_account(caller: Caller) -> schemas.PayoutAccountResponse:
    """Get where you are paid, and what the provider still needs from you."""
    return schemas.PayoutAccountResponse.of(usecases.get_payout_account(wiring.ports(), caller))


@api.put("/payout-account", kind=ActionKind.PARTICIPATE)
def set_payout_account(
    caller: Caller, request: ChangeRequest, body: schemas.PayoutAccountRequest
) -> schemas.PayoutAccountResponse:
    """Set where you are paid. Another account than before holds your payouts for 72 hours."""
    return schemas.PayoutAccountResponse.of(usecases.set_payout_account(wiring.ports(), caller, request, body.account_id))


@api.post("/payouts", kind=ActionKind.PARTICIPATE, status=201, raises=REQUESTING)
def request_payout(caller: Caller, key: IdempotencyKey, body: schemas.PayoutRequest) -> schemas.PayoutResponse:
    """Request a payout of at most your balance. Above a sum per day, two operators must approve it."""
    ports = wiring.ports()
    return schemas.PayoutResponse.of(usecases.request_payout(ports, caller, key, source=body.source, amount=body.money))


@api.get("/payouts")
def list_payouts(caller: Caller, page: PageRequest) -> Page[schemas.PayoutResponse]:
    """List your payouts, newest first."""
    return usecases.list_payouts(wiring.ports(), caller, page).map(schemas.PayoutResponse.of)


@api.get("/payouts/{payout_id}")
def get_payout(caller: Caller, payout_id: str) -> schemas.PayoutResponse:
    """Get a payout of yours."""
    return schemas.PayoutResponse.of(usecases.get_payout(wiring.ports(), caller, payout_id))


@api.post("/payouts/{payout_id}/cancellation", kind=ActionKind.OWN_DATA, raises=(errors.PayoutStateConflict,))
def cancel_payout(caller: Caller, payout_id: str) -> schemas.PayoutResponse:
    """Cancel a payout of yours that was not sent to the provider yet."""
    return schemas.PayoutResponse.of(usecases.cancel_payout(wiring.ports(), caller, payout_id))


@api.get("/staff/payouts", raises=(OperatorRequired,))
def list_payouts_to_approve(caller: Caller, page: PageRequest) -> Page[schemas.StaffPayoutResponse]:
    """List the payouts that operators must approve, the oldest first."""
    return usecases.list_payouts_to_approve(wiring.ports(), caller, page).map(schemas.StaffPayoutResponse.of_staff)


@api.post("/staff/payouts/{payout_id}/approval", kind=ActionKind.STAFF, raises=(*DECIDING, errors.SecondOperatorRequired))
def approve_payout(caller: Caller, payout_id: str) -> schemas.StaffPayoutResponse:
    """Approve a payout, as an operator. It is sent after the approvals of two persons."""
    return schemas.StaffPayoutResponse.of_staff(usecases.approve_payout(wiring.ports(), caller, payout_id))


@api.post("/staff/payouts/{payout_id}/rejection", kind=ActionKind.STAFF, raises=DECIDING)
def reject_payout(caller: Caller, payout_id: str, body: schemas.PayoutRejectionRequest) -> schemas.StaffPayoutResponse:
    """Reject a payout, as an operator. Its amount is in the user's balance again."""
    return schemas.StaffPayoutResponse.of_staff(usecases.reject_payout(wiring.ports(), caller, payout_id, body.note))
