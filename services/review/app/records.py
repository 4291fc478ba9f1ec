"""The routes by which reviewers and operators read about a user: what review knows, and grants for the other services."""

from __future__ import annotations

from services.review import schemas, usecases, wiring
from services.review.app.api import READ_ERRORS, api
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/staff/users/{user_id}/record", raises=READ_ERRORS)
def get_user_record(caller: Caller, user_id: str) -> schemas.UserRecordResponse:
    """Get the account status of a user, the sanctions, and the newest applications, cases and reports.

    Your access is recorded.
    """
    ports = wiring.ports()
    return schemas.UserRecordResponse.of(usecases.get_user_record(ports, caller, user_id), ports.clock())


@api.post("/staff/read-grants", kind=ActionKind.READ, status=201, raises=READ_ERRORS)
def create_read_grant(caller: Caller, body: schemas.ReadGrantRequest) -> schemas.ReadGrantResponse:
    """Get the grant for one read about a user in another service, which counts now.

    All reads of an hour count together, in all services. Pass the grant on as `grant` of `/staff/users`,
    `/staff/users/{user_id}/profile`, `/staff/users/{user_id}/orders` or `/staff/orders/{order_id}`.
    """
    grant, expires_at = usecases.create_read_grant(wiring.ports(), caller, body.read, body.subject_id or "")
    return schemas.ReadGrantResponse(grant=grant, expires_at=expires_at)
