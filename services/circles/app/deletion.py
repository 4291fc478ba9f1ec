"""Routes of the deletion of an account."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import api
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.put("/me/deletion", kind=ActionKind.OWN_DATA, raises=(errors.OwnerCannotDeleteAccount, errors.DeletionStarted))
def request_deletion(caller: Caller, body: schemas.DeletionRequest) -> schemas.DeletionResponse:
    """Request the deletion of your account.

    You can withdraw for 15 days. Open orders must be finished first: read the state after a few minutes.
    """
    ports = wiring.ports()
    return schemas.DeletionResponse.of(usecases.request_deletion(ports, caller, body.content), ports.clock())


@api.get("/me/deletion", raises=(errors.DeletionNotFound,))
def get_deletion(caller: Caller) -> schemas.DeletionResponse:
    """Get the deletion of your account: its state, what must be finished first, and when your account is erased."""
    ports = wiring.ports()
    return schemas.DeletionResponse.of(usecases.get_deletion(ports, caller), ports.clock())


@api.delete("/me/deletion", kind=ActionKind.OWN_DATA, raises=(errors.DeletionStarted,))
def withdraw_deletion(caller: Caller) -> None:
    """Keep your account. Without a requested deletion nothing changes."""
    usecases.withdraw_deletion(wiring.ports(), caller)
