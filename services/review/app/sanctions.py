"""Routes about platform sanctions, and the verified identity of the caller."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import DECIDER_ERRORS, READ_ERRORS, REVIEWER_ERRORS, api
from services.review.settings import settings
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

SANCTION_ERRORS = (*REVIEWER_ERRORS, errors.ConflictOfInterest)


@api.put("/identity", kind=ActionKind.OWN_DATA)
def verify_identity(caller: Caller, body: schemas.RealNameTokenRequest) -> None:
    """Link your user to your verified identity. Other services learn only which users share an identity."""
    usecases.verify_identity(wiring.ports(), caller, body.real_name_token)


@api.get("/users/{user_id}/sanction-record", raises=READ_ERRORS)
def get_sanction_record(caller: Caller, user_id: str) -> schemas.SanctionRecordResponse:
    """Get the sanction in force for a user, their strikes, and the pending sanction. Your access is recorded."""
    ports = wiring.ports()
    return schemas.SanctionRecordResponse.of(usecases.get_sanction_record(ports, caller, user_id), ports.clock())


@api.put(
    "/users/{user_id}/sanction",
    kind=ActionKind.STAFF,
    raises=(*SANCTION_ERRORS, errors.SanctionAlreadyPending, errors.EmergencyNotRatified, errors.EmergencyNotHigher),
)
def impose_sanction(
    caller: Caller, user_id: str, key: IdempotencyKey, body: schemas.SanctionRequest
) -> schemas.SanctionActResponse:
    """Impose a sanction on a user. From `restricted` upwards, and in place of what two decided, a second reviewer must ratify.

    An emergency must be higher than the sanction in force. It is in force at once, and expires unless it is ratified in time.
    """
    ports = wiring.ports()
    record = usecases.impose_sanction(
        ports,
        caller,
        user_id,
        level=body.level,
        until=body.until,
        violation=body.violation,
        reason=body.reason,
        emergency=body.emergency,
        request=settings().change_request(key),
    )
    return schemas.SanctionActResponse.of(record, caller.user_id)


@api.post(
    "/users/{user_id}/sanction/ratification",
    kind=ActionKind.STAFF,
    raises=(*DECIDER_ERRORS, errors.SanctionNotPending, errors.ProposalChanged, errors.RatificationExpired),
)
def ratify_sanction(caller: Caller, user_id: str, body: schemas.ProposalRequest) -> schemas.SanctionActResponse:
    """Ratify the pending sanction that you read, as a second reviewer."""
    ports = wiring.ports()
    return schemas.SanctionActResponse.of(usecases.ratify_sanction(ports, caller, user_id, body.proposal_id), caller.user_id)


@api.post("/users/{user_id}/sanction/rejection", kind=ActionKind.STAFF, raises=SANCTION_ERRORS)
def reject_sanction(caller: Caller, user_id: str, body: schemas.ProposalRequest) -> schemas.SanctionActResponse:
    """Reject the pending sanction that you read."""
    ports = wiring.ports()
    return schemas.SanctionActResponse.of(usecases.reject_sanction(ports, caller, user_id, body.proposal_id), caller.user_id)


@api.post(
    "/users/{user_id}/sanction/lifting",
    kind=ActionKind.STAFF,
    raises=(*SANCTION_ERRORS, errors.SanctionNotInForce, errors.SanctionAlreadyPending),
)
def lift_sanction(caller: Caller, user_id: str, key: IdempotencyKey, body: schemas.LiftRequest) -> schemas.SanctionActResponse:
    """Lift the sanction in force. From `restricted` upwards, or if two decided it, a second reviewer must ratify this."""
    ports, request = wiring.ports(), settings().change_request(key)
    record = usecases.lift_sanction(ports, caller, user_id, body.reason, mistake=body.mistake, request=request)
    return schemas.SanctionActResponse.of(record, caller.user_id)
