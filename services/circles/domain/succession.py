"""Offering a circle to somebody: by its owner, or since its owner has been silent for a month."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

OPEN_FOR = timedelta(days=7)
SILENT_FOR = timedelta(days=30)


class OfferKind(StrEnum):
    TRANSFER = "transfer"
    SUCCESSION = "succession"


class OfferState(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Offer:
    """`to` may accept it with the platform until `ends_at`; once accepted it waits for the platform's word."""

    id: str
    kind: OfferKind
    to: str
    ends_at: datetime
    state: OfferState = OfferState.OFFERED

    def is_open(self, at: datetime) -> bool:
        return self.state is OfferState.ACCEPTED or (self.state is OfferState.OFFERED and at < self.ends_at)

    def is_expired(self, at: datetime) -> bool:
        return self.state is OfferState.OFFERED and at >= self.ends_at

    def put(self, state: OfferState) -> Offer:
        return replace(self, state=state)
