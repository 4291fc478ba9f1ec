"""Routes of passcodes."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import ROLE, WRITABLE, api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post("/circles/{circle_id}/passcodes", kind=ActionKind.PARTICIPATE, status=201, raises=(*ROLE, *WRITABLE))
def issue_passcode(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.PasscodeRequest
) -> schemas.IssuedPasscodeResponse:
    """Issue a passcode. No later response contains its text."""
    issued = usecases.issue_passcode(wiring.ports(), caller, circle_id, key, body.lifetime, body.max_uses)
    return schemas.IssuedPasscodeResponse.with_text(*issued)


@api.get("/circles/{circle_id}/passcodes", raises=ROLE)
def list_passcodes(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.PasscodeResponse]:
    """List the passcodes of a circle with their uses, newest first."""
    return usecases.list_passcodes(wiring.ports(), caller, circle_id, page).map(schemas.PasscodeResponse.of)


@api.delete("/circles/{circle_id}/passcodes/{passcode_id}", kind=ActionKind.MODERATE, raises=ROLE)
def revoke_passcode(caller: Caller, circle_id: str, passcode_id: str) -> None:
    """Revoke a passcode at once."""
    usecases.revoke_passcode(wiring.ports(), caller, circle_id, passcode_id)


@api.post(
    "/circles/{circle_id}/passcodes/{passcode_id}/rotation",
    kind=ActionKind.PARTICIPATE,
    status=201,
    raises=(*ROLE, *WRITABLE, errors.PasscodeInactive),
)
def rotate_passcode(
    caller: Caller, circle_id: str, passcode_id: str, key: IdempotencyKey, body: schemas.RotationRequest
) -> schemas.IssuedPasscodeResponse:
    """Replace a passcode with a new one; the old one stays active for a grace period."""
    issued = usecases.rotate_passcode(wiring.ports(), caller, circle_id, passcode_id, key, body.grace)
    return schemas.IssuedPasscodeResponse.with_text(*issued)


@api.post("/circles/{circle_id}/passcodes/{passcode_id}/quarantine", kind=ActionKind.MODERATE, raises=ROLE)
def quarantine_passcode(caller: Caller, circle_id: str, passcode_id: str) -> None:
    """Revoke a leaked passcode; the members who joined with it must be approved again."""
    usecases.quarantine_passcode(wiring.ports(), caller, circle_id, passcode_id)
