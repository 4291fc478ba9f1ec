"""The events of the commerce service: listings and orders. Payments are not published."""

from __future__ import annotations

from typing import Literal

from services.shared.messaging.events.base import ContentReported, Event, EventData, PartsExported


class ListingReported(ContentReported):
    """A user reported a listing."""

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
    """A listing was created or edited, or its stock changed."""

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
    """An order changed its state. Each transition is published."""

    SOURCE = "coterie.commerce"
    data: OrderChangedData


class TradesExported(PartsExported):
    """The listings, orders and sales of a user in a circle were written for a data export."""

    SOURCE = "coterie.commerce"
