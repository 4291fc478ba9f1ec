"""The events of orders, returns and disputes."""

from __future__ import annotations

from typing import Literal

from services.shared.kernel.moments import Moment
from services.shared.messaging.events.base import ContentReported, Event, EventData


class OrderLineData(EventData):
    """Units of a listing. option_id: empty for a listing without options."""

    listing_id: str
    option_id: str
    quantity: int


class OrderChangedData(EventData):
    """lines: at most 20, of one seller. cancel_reason: why it was cancelled before it was shipped; null if it was not."""

    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    lines: list[OrderLineData]
    cancel_reason: Literal["cancelled", "not_shipped", "goodwill"] | None = None
    state: Literal["reserved", "expired", "cancelled", "paid", "refunding", "refunded", "shipped", "received", "completed"]

    @property
    def is_paid(self) -> bool:
        """Whether the order was paid and is not going back, as figures and counts of sales need it."""
        return self.state in ("paid", "shipped", "received", "completed")


class OrderChanged(Event):
    """An order changed its state. Each transition is published."""

    SOURCE = "coterie.commerce"
    data: OrderChangedData


class ListingAttributionData(EventData):
    """What led to the purchase of a listing: the last touch of a note or message that counted, or the coupon of the order.

    source_id: the note, the room of the message, or the coupon. seq: of a message, otherwise 0. user_id: who wrote the note or
    message, or issued the coupon; empty if nothing did.
    """

    listing_id: str
    source_kind: Literal["note", "message", "coupon", "none"]
    source_id: str
    seq: int
    user_id: str


class OrderAttributedData(EventData):
    """owner_id: of the circle when the order was placed. attributions: one per listing of the order."""

    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    owner_id: str
    placed_at: Moment
    attributions: list[ListingAttributionData]


class OrderAttributed(Event):
    """It was decided what led to an order. Published once, for orders whose buyer had touches of a listing, or used a coupon.

    It does not contain what the buyer read beside the winners.
    """

    SOURCE = "coterie.commerce"
    data: OrderAttributedData


class OrderSuspectedData(EventData):
    """owner_id: of the circle when the order was placed; empty if commerce did not know it."""

    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    owner_id: str
    state: Literal["suspected", "genuine", "fake"]


class OrderSuspected(Event):
    """An order is suspected of wash trade, or a reviewer decided about it. Rankings and counts of sales leave it out.

    Only a genuine one counts again. It does not contain why.
    """

    SOURCE = "coterie.commerce"
    data: OrderSuspectedData


class TradesReported(ContentReported):
    """Users of a circle may trade with themselves: a group was found, or has more orders or users than before.

    The platform reports it without a reporter and without an author. evidence: users, pairs with their signals, and orders.
    """

    SOURCE = "coterie.commerce"


class OrderPartlyRefundedData(EventData):
    """refunded_amount: the sum of the refunds that the provider has made, in the minor unit."""

    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    refunded_amount: int
    currency: str


class OrderPartlyRefunded(Event):
    """The provider has refunded a part of an order. Its state stays; the last refund is an OrderChanged."""

    SOURCE = "coterie.commerce"
    data: OrderPartlyRefundedData


class ReceiptLineData(EventData):
    """A line of a received order. option_id: as of the order. is_returned: whether the seller has all of its units back."""

    listing_id: str
    option_id: str
    is_returned: bool


class ReceiptChangedData(EventData):
    """kept_percent: how much of the price of the units that were not returned is still paid; 0 once all of it is refunded.

    lines: at most 20.
    """

    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    kept_percent: int
    lines: list[ReceiptLineData]


class ReceiptChanged(Event):
    """An order was received, or what its buyer keeps of it has changed: by a return, a refund or a chargeback.

    Published beside OrderChanged, of the same order and with the same version. It names no amount.
    """

    SOURCE = "coterie.commerce"
    data: ReceiptChangedData


class ReturnChangedData(EventData):
    return_id: str
    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    state: Literal["requested", "approved", "sent", "received", "refunded", "rejected", "withdrawn"]


class ReturnChanged(Event):
    """A return of units of an order was requested, or changed its state. It has no texts: the parties read them."""

    SOURCE = "coterie.commerce"
    data: ReturnChangedData


class DisputeChangedData(EventData):
    """owner_id: of the circle; empty if commerce did not know it. amount: the most that a ruling can refund.

    has_answer: whether the seller answered.
    """

    dispute_id: str
    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    owner_id: str
    reason: Literal["not_received", "not_as_described", "return_rejected"]
    amount: int
    currency: str
    has_answer: bool
    state: Literal["open", "withdrawn", "ruled"]


class DisputeChanged(Event):
    """A buyer opened or withdrew a dispute, its seller answered, or a ruling was applied.

    It has no texts: reviewers read the statements in commerce, with a grant.
    """

    SOURCE = "coterie.commerce"
    data: DisputeChangedData
