"""Routes about successions: offers of a circle to a candidate."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import CANDIDATE_ERRORS, DECIDER_ERRORS, ELIGIBILITY_ERRORS, REVIEWER_ERRORS, api
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/successions", raises=REVIEWER_ERRORS)
def list_successions(caller: Caller, page: PageRequest) -> Page[schemas.SuccessionEntry]:
    """List the accepted successions that reviewers must decide, earliest due first, without owner and candidate."""
    return usecases.list_successions(wiring.ports(), caller, page).map(schemas.SuccessionEntry.of)


@api.get("/successions/{succession_id}", raises=(errors.ConflictOfInterest, errors.ReadLimitReached))
def get_succession(caller: Caller, succession_id: str) -> schemas.SuccessionResponse:
    """Get a succession as its owner, its candidate or a reviewer. A reviewer's access is recorded."""
    return schemas.SuccessionResponse.of(usecases.get_succession(wiring.ports(), caller, succession_id))


@api.post(
    "/successions/{succession_id}/acceptance",
    kind=ActionKind.PARTICIPATE,
    raises=(errors.OfferNotOpen, errors.ConflictOfInterest, *ELIGIBILITY_ERRORS),
)
def accept_succession(caller: Caller, succession_id: str, body: schemas.RealNameTokenRequest) -> schemas.SuccessionResponse:
    """Accept the circle that was offered to you, under your real name."""
    token = body.real_name_token
    return schemas.SuccessionResponse.of(usecases.accept_succession(wiring.ports(), caller, succession_id, token))


@api.post(
    "/successions/{succession_id}/decision",
    kind=ActionKind.STAFF,
    raises=(*DECIDER_ERRORS, errors.OfferNotOpen, errors.SuccessionNotAccepted, *CANDIDATE_ERRORS),
)
def decide_succession(caller: Caller, succession_id: str, body: schemas.SuccessionRequest) -> schemas.SuccessionStateResponse:
    """Approve the succession, as one of two reviewers, or reject it."""
    approves = body.verdict == "approve"
    return schemas.SuccessionStateResponse.of(
        usecases.decide_succession(wiring.ports(), caller, succession_id, approves, body.note)
    )
