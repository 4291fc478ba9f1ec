"""An ownership offer, as a map in the circle's item."""

from __future__ import annotations

from services.circles.domain.ownership import OfferKind, OfferState, OwnershipOffer
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.items import Item


def ownership_offer_to_item(offer: OwnershipOffer) -> Item:
    return {
        "id": offer.id,
        "kind": str(offer.kind),
        "candidate": offer.candidate,
        "expires_at": millis(offer.expires_at),
        "state": str(offer.state),
    }


def ownership_offer_from_item(item: Item) -> OwnershipOffer:
    expires_at = from_millis(item["expires_at"])
    return OwnershipOffer(item["id"], OfferKind(item["kind"]), item["candidate"], expires_at, OfferState(item["state"]))
