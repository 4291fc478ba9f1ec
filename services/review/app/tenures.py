"""Routes about the tenures of owners."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import DECIDER_ERRORS, READ_ERRORS, api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/applications/{application_id}/tenure", raises=READ_ERRORS)
def get_tenure(caller: Caller, application_id: str) -> schemas.TenureResponse:
    """Get the tenure of a circle's owner. Your access is recorded."""
    return schemas.TenureResponse.of(usecases.get_tenure(wiring.ports(), caller, application_id))


@api.post(
    "/applications/{application_id}/assessments",
    kind=ActionKind.STAFF,
    status=201,
    raises=(*DECIDER_ERRORS, errors.TenureEnded, errors.OwnerNotOnProbation, errors.ProbationNotEnded),
)
def assess_owner(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.AssessmentRequest
) -> schemas.TenureStateResponse:
    """Renew an owner's tenure, or propose or confirm probation or removal.

    Two reviewers are needed, except to renew a tenure without a probation.
    """
    ports = wiring.ports()
    return schemas.TenureStateResponse.of(usecases.assess_owner(ports, caller, application_id, key, body.outcome, body.note))
