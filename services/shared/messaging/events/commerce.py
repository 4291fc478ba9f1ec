"""What commerce tells: goods and orders."""

from __future__ import annotations

from typing import Literal

from services.shared.messaging.events.base import ContentReported, Event, EventData


class ListingReported(ContentReported):
    """Somebody reported goods on offer, as they looked then."""

    SOURCE = "coterie.commerce"


class ListingChangedData(EventData):
    listing_id: str
    circle_id: str
    seller_id: str
    kind: Literal["merchant", "c2c"]
    title: str
    amount: int
    currency: str
    stock: int
    on_sale: bool


class ListingChanged(Event):
    """A listing was made or edited, or its stock has moved."""

    SOURCE = "coterie.commerce"
    data: ListingChangedData


class OrderChangedData(EventData):
    order_id: str
    circle_id: str
    listing_id: str
    buyer_id: str
    seller_id: str
    quantity: int
    state: Literal["reserved", "expired", "paid", "refunding", "refunded", "shipped", "received", "completed"]


class OrderChanged(Event):
    """An order took a step; every transition tells of itself."""

    SOURCE = "coterie.commerce"
    data: OrderChangedData
