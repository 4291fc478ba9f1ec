"""Routes of operators: reviewers, audit and metrics."""

from __future__ import annotations

from services.review import schemas, usecases, wiring
from services.review.app.api import api
from services.shared.kernel.errors import OperatorRequired
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.put("/reviewers/{user_id}", kind=ActionKind.STAFF, raises=(OperatorRequired,))
def enrol_reviewer(caller: Caller, user_id: str, key: IdempotencyKey, body: schemas.RealNameTokenRequest) -> None:
    """Enrol a user as a reviewer, under the real name in the verifier's token."""
    usecases.enrol_reviewer(wiring.ports(), caller, user_id, key, body.real_name_token)


@api.delete("/reviewers/{user_id}", kind=ActionKind.STAFF, raises=(OperatorRequired,))
def dismiss_reviewer(caller: Caller, user_id: str) -> None:
    """End a reviewer's enrolment."""
    usecases.dismiss_reviewer(wiring.ports(), caller, user_id)


@api.get("/applications/{application_id}/audit", raises=(OperatorRequired,))
def audit_application(caller: Caller, application_id: str) -> schemas.ChainVerificationResponse:
    """Verify the audit chain of an application."""
    return schemas.ChainVerificationResponse.of(usecases.audit_application(wiring.ports(), caller, application_id))


@api.get("/metrics", raises=(OperatorRequired,))
def get_metrics(caller: Caller, query: schemas.MonthQuery) -> schemas.MetricsResponse:
    """Get the metrics of a month: decisions, their time, agreement of reviewers, overturned decisions."""
    ports = wiring.ports()
    month = query.month or f"{ports.clock():%Y-%m}"
    return schemas.MetricsResponse.of(month, usecases.get_metrics(ports, caller, month))
