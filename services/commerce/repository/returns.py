"""Items of returns, stored by buyer, with the indexes by seller and of what is due."""

from __future__ import annotations

from dataclasses import astuple

from services.commerce.domain.product_return import Return, ReturnLine, ReturnReason, ReturnState
from services.commerce.domain.shipment import Parcel
from services.commerce.errors import ReturnNotFound
from services.commerce.repository.orders import due_attributes
from services.commerce.repository.party_store import PartyStore
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.items import Item

TEXTS = ("id", "order_id", "circle_id", "buyer_id", "seller_id", "text", "note")
NUMBERS = ("amount", "version")


def return_to_item(one: Return) -> Item:
    item: Item = {
        **RETURNS.key(one.buyer_id, one.id).attributes(),
        **{name: getattr(one, name) for name in (*TEXTS, *NUMBERS)},
        "units": [list(astuple(line)) for line in one.lines],
        "parcel": [one.parcel.carrier, one.parcel.tracking_number],
        "reason": str(one.reason),
        "state": str(one.state),
        "created_at": millis(one.created_at),
        **RETURNS.seller_attributes(one.seller_id, one.id),
    }
    if one.waits_for_seller:
        item |= RETURNS.waiting_attributes(one.seller_id, one.id)
    return item | due_attributes(one.due_at, one.order_id, one.id)


def return_from_item(item: Item) -> Return:
    return Return(
        **{name: item[name] for name in (*TEXTS, *NUMBERS)},
        lines=tuple(ReturnLine(*line) for line in item["units"]),
        parcel=Parcel(*item["parcel"]),
        reason=ReturnReason(item["reason"]),
        state=ReturnState(item["state"]),
        created_at=from_millis(item["created_at"]),
        due_at=from_millis(item["due_at"]) if "due_at" in item else None,
    )


RETURNS = PartyStore(return_to_item, return_from_item, ReturnNotFound, prefix="RETURN#", seller_prefix="RETURNS_TO#")
