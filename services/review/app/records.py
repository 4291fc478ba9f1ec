"""The route by which reviewers and operators read what review knows about a user."""

from __future__ import annotations

from services.review import schemas, usecases, wiring
from services.review.app.api import READ_ERRORS, api
from services.shared.security.auth import Caller


@api.get("/staff/users/{user_id}/record", raises=READ_ERRORS)
def get_user_record(caller: Caller, user_id: str) -> schemas.UserRecordResponse:
    """Get the account status of a user, the sanctions, and the newest applications, cases and reports.

    Your access is recorded.
    """
    ports = wiring.ports()
    return schemas.UserRecordResponse.of(usecases.get_user_record(ports, caller, user_id), ports.clock())
