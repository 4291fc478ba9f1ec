"""Routes that decide applications."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import CLAIM_ERRORS, DECIDER_ERRORS, REVIEWER_ERRORS, api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post(
    "/applications/{application_id}/decisions",
    kind=ActionKind.STAFF,
    status=201,
    raises=(
        *DECIDER_ERRORS,
        *CLAIM_ERRORS,
        errors.ApplicationChanged,
        errors.ApplicantSanctioned,
        errors.ApplicationNameUnavailable,
    ),
)
def decide_application(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.DecisionRequest
) -> schemas.ApplicationStateResponse:
    """Approve or reject the version that you read. The second approval, by another person, grants a seat."""
    ports = wiring.ports()
    return schemas.ApplicationStateResponse.of(usecases.decide_application(ports, caller, application_id, key, body.to_input()))


@api.post("/decisions", kind=ActionKind.STAFF, raises=REVIEWER_ERRORS)
def decide_applications(caller: Caller, key: IdempotencyKey, body: schemas.DecisionsRequest) -> schemas.DecisionResultsResponse:
    """Decide up to 100 applications that you have claimed. One that fails does not stop the others."""
    decision_inputs = [(item.application_id, item.to_input()) for item in body.decisions]
    return schemas.DecisionResultsResponse.of(usecases.decide_applications(wiring.ports(), caller, key, decision_inputs))
