"""An offer as the circle's item carries it."""

from __future__ import annotations

from services.circles.domain.succession import Offer, OfferKind, OfferState
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.port import Item


def offer_to_item(offer: Offer) -> Item:
    ends_at = millis(offer.ends_at)
    return {"id": offer.id, "kind": str(offer.kind), "to": offer.to, "ends_at": ends_at, "state": str(offer.state)}


def offer_from_item(item: Item) -> Offer:
    ends_at = from_millis(item["ends_at"])
    return Offer(item["id"], OfferKind(item["kind"]), item["to"], ends_at, OfferState(item["state"]))
