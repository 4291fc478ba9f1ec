"""Offers of a circle to a new owner: by the owner, or because the owner has been silent for long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class OfferKind(StrEnum):
    TRANSFER = "transfer"
    SUCCESSION = "succession"


class OfferState(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class OwnershipOffer:
    """An offer of a circle to the user `candidate`.

    The candidate accepts it in the review service until `expires_at`. An accepted offer stays open until review decides.
    """

    id: str
    kind: OfferKind
    candidate: str
    expires_at: datetime
    state: OfferState = OfferState.OFFERED

    def is_open(self, at: datetime) -> bool:
        return self.state is OfferState.ACCEPTED or (self.state is OfferState.OFFERED and at < self.expires_at)

    def is_expired(self, at: datetime) -> bool:
        return self.state is OfferState.OFFERED and at >= self.expires_at

    def with_state(self, state: OfferState) -> OwnershipOffer:
        return replace(self, state=state)
