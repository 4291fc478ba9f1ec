"""Offers of ownership."""

from __future__ import annotations

from services.circles.domain.ownership import OfferKind, OfferState, OwnershipOffer
from services.shared.http.schemas import RequestModel, ResponseModel, UserId
from services.shared.kernel.moments import Moment


class OwnershipOfferRequest(RequestModel):
    """The candidate: the member that is offered the circle."""

    candidate_id: UserId


class OwnershipOfferResponse(ResponseModel):
    """An open offer.

    The candidate accepts it in the review service, under its `succession_id`, before `expires_at`.
    """

    succession_id: str
    kind: OfferKind
    candidate_id: str
    state: OfferState
    expires_at: Moment

    @classmethod
    def of(cls, offer: OwnershipOffer) -> OwnershipOfferResponse:
        return cls(
            succession_id=offer.id,
            kind=offer.kind,
            candidate_id=offer.candidate,
            state=offer.state,
            expires_at=offer.expires_at,
        )
