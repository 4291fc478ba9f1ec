"""Routes about disputes of orders, for reviewers."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import READ_ERRORS, REVIEWER_ERRORS, api
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

RULING_ERRORS = (*REVIEWER_ERRORS, errors.ConflictOfInterest, errors.DisputeClosed)


@api.get("/dispute-cases", raises=REVIEWER_ERRORS)
def list_dispute_cases(caller: Caller, page: PageRequest) -> Page[schemas.DisputeCaseEntry]:
    """List the disputes that wait for a ruling: the overdue ones first, then the earliest due. The entries have no users."""
    return usecases.list_dispute_cases(wiring.ports(), caller, page).map(schemas.DisputeCaseEntry.of)


@api.get("/dispute-cases/{dispute_id}", raises=READ_ERRORS)
def get_dispute_case(caller: Caller, dispute_id: str) -> schemas.DisputeCaseResponse:
    """Get a dispute with its parties and the proposed ruling. Your access is recorded.

    The statements are in `GET /staff/users/{user_id}/disputes/{dispute_id}`, which needs a grant.
    """
    return schemas.DisputeCaseResponse.of(usecases.get_dispute_case(wiring.ports(), caller, dispute_id))


@api.post(
    "/dispute-cases/{dispute_id}/ruling",
    kind=ActionKind.STAFF,
    raises=(*RULING_ERRORS, errors.RulingAlreadyProposed, errors.RulingAboveAmount),
)
def propose_ruling(caller: Caller, dispute_id: str, body: schemas.RulingRequest) -> schemas.DisputeCaseStateResponse:
    """Propose what goes back to the buyer, and why. A second reviewer must ratify it."""
    ports = wiring.ports()
    return schemas.DisputeCaseStateResponse.of(usecases.propose_ruling(ports, caller, dispute_id, body.amount, body.note))


@api.post(
    "/dispute-cases/{dispute_id}/ruling/ratification",
    kind=ActionKind.STAFF,
    raises=(*RULING_ERRORS, errors.RulingNotProposed, errors.ProposalChanged, errors.SecondReviewerRequired),
)
def ratify_ruling(caller: Caller, dispute_id: str, body: schemas.ProposalRequest) -> schemas.DisputeCaseStateResponse:
    """Ratify the ruling that you read, as a second reviewer. The buyer is refunded, and the order goes on."""
    return schemas.DisputeCaseStateResponse.of(usecases.ratify_ruling(wiring.ports(), caller, dispute_id, body.proposal_id))


@api.post("/dispute-cases/{dispute_id}/ruling/rejection", kind=ActionKind.STAFF, raises=RULING_ERRORS)
def reject_ruling(caller: Caller, dispute_id: str, body: schemas.ProposalRequest) -> schemas.DisputeCaseStateResponse:
    """Reject the proposed ruling that you read."""
    return schemas.DisputeCaseStateResponse.of(usecases.reject_ruling(wiring.ports(), caller, dispute_id, body.proposal_id))
