"""Routes of ownership offers."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import ROLE, WRITABLE, api
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.put(
    "/circles/{circle_id}/ownership-offer",
    kind=ActionKind.PARTICIPATE,
    raises=(*ROLE, *WRITABLE, errors.CandidateNotEligible, errors.OfferAlreadyOpen),
)
def offer_ownership(caller: Caller, circle_id: str, body: schemas.OwnershipOfferRequest) -> schemas.OwnershipOfferResponse:
    """Offer your circle to a member. They accept in the review service, and reviewers must approve."""
    offer = usecases.offer_ownership(wiring.ports(), caller, circle_id, body.candidate_id)
    return schemas.OwnershipOfferResponse.of(offer)


@api.get("/circles/{circle_id}/ownership-offer")
def get_ownership_offer(caller: Caller, circle_id: str) -> schemas.OwnershipOfferResponse:
    """Get the open offer, as owner, co-owner or candidate."""
    return schemas.OwnershipOfferResponse.of(usecases.get_ownership_offer(wiring.ports(), caller, circle_id))


@api.delete("/circles/{circle_id}/ownership-offer", kind=ActionKind.OWN_DATA, raises=ROLE)
def withdraw_ownership_offer(caller: Caller, circle_id: str) -> None:
    """Withdraw your offer, or decline the one made to you."""
    usecases.withdraw_ownership_offer(wiring.ports(), caller, circle_id)
