"""The events of listings."""

from __future__ import annotations

from typing import Any, Literal

from services.shared.messaging.events.base import ContentReported, Event, EventData


class ListingReported(ContentReported):
    """A user reported a listing."""

    SOURCE = "coterie.commerce"


class SellingReported(ContentReported):
    """The members of a circle have paused its sales by their brake.

    The platform reports it without a reporter. evidence: what is on sale in the circle, with price and commission.
    """

    SOURCE = "coterie.commerce"


class ListingChangedData(EventData):
    """amount, stock: of a listing with options the lowest price and all units. option_count: how many are on sale."""

    listing_id: str
    circle_id: str
    seller_id: str
    kind: Literal["merchant", "pick", "own", "c2c", "voucher"]
    title: str
    amount: int
    currency: str
    stock: int
    option_count: int
    on_sale: bool


class ListingChanged(Event):
    """A listing was created, edited, withdrawn or removed, or its stock changed.

    on_sale: whether its seller sells it. Whether a reader can buy it also depends on the seller, the circle and the reader.
    """

    SOURCE = "coterie.commerce"
    data: ListingChangedData


class ListingRemovedData(EventData):
    """case_id: of the case in which the seller can appeal. evidence: the listing with its page, as a report has it."""

    listing_id: str
    circle_id: str
    seller_id: str
    moderator_id: str
    case_id: str
    reason: str
    evidence: dict[str, Any]


class ListingRemoved(Event):
    """A moderator removed a listing. Review opens a case, in which its seller can appeal. ListingChanged is published too.

    It has texts, as a report has: who decides the appeal reads the listing and the reason as of the removal.
    """

    SOURCE = "coterie.commerce"
    data: ListingRemovedData
