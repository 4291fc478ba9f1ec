"""What is called about circles that go to somebody else."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import INDEPENDENT, REVIEWER, api
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.security.auth import Caller

CLEAR = (errors.UnderSanction, errors.TooManyStrikes, errors.TooManyCircles)
ELIGIBLE = (errors.NotAdult, errors.TooFewActiveDays, *CLEAR)


@api.get("/successions", raises=REVIEWER)
def list_successions(caller: Caller, page: PageRequest) -> PageResponse[schemas.SuccessionResponse]:
    """List what waits for the platform's word, due first at the head."""
    found, rest = usecases.list_successions(wiring.ports(), caller, page.limit, page.start)
    return page.answer([schemas.SuccessionResponse.of(one) for one in found], rest)


@api.get("/successions/{succession_id}")
def get_succession(caller: Caller, succession_id: str) -> schemas.SuccessionResponse:
    """Read an offer that concerns you, or that you review."""
    return schemas.SuccessionResponse.of(usecases.get_succession(wiring.ports(), caller, succession_id))


@api.post("/successions/{succession_id}/acceptance", raises=(errors.OfferExpired, errors.ConflictOfInterest, *ELIGIBLE))
def accept_succession(caller: Caller, succession_id: str, body: schemas.EnrolmentRequest) -> schemas.SuccessionResponse:
    """Accept a circle that was offered to you, under the verifier's word on who you are."""
    token = body.real_name_token
    return schemas.SuccessionResponse.of(usecases.accept_succession(wiring.ports(), caller, succession_id, token))


@api.post(
    "/successions/{succession_id}/decision",
    raises=(*INDEPENDENT, errors.OfferExpired, errors.SuccessionWaits, *CLEAR),
)
def decide_succession(caller: Caller, succession_id: str, body: schemas.SuccessionRequest) -> schemas.SuccessionResponse:
    """Agree, as one of two, that the circle goes to them, or refuse."""
    approves = body.verdict == "approve"
    return schemas.SuccessionResponse.of(usecases.decide_succession(wiring.ports(), caller, succession_id, approves, body.note))
