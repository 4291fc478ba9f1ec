"""The events of the commerce service: listings and orders. Payments are not published."""

from __future__ import annotations

from typing import Any, Literal

from services.shared.kernel.moments import Moment
from services.shared.messaging.events.base import ContentReported, Event, EventData, PartsExported, UserErased


class ListingReported(ContentReported):
    """A user reported a listing."""

    SOURCE = "coterie.commerce"


class PaymentReported(ContentReported):
    """A payment that no order keeps is not back at the buyer in time, the provider refunded more than it captured, or the
    buyer's bank took one back.

    The platform reports it without a reporter. circle_id: empty if commerce does not know the order.
    """

    SOURCE = "coterie.commerce"


class SellingReported(ContentReported):
    """The members of a circle have paused its sales by their brake.

    The platform reports it without a reporter. evidence: what is on sale in the circle, with price and commission.
    """

    SOURCE = "coterie.commerce"


class ChargebackChangedData(EventData):
    """circle_id, seller_id: of the order; empty if commerce does not know it. amount: what the bank took back."""

    chargeback_id: str
    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    amount: int
    currency: str
    state: Literal["open", "won", "lost"]


class ChargebackChanged(Event):
    """The buyer's bank took a payment back, or decided whether we get it again."""

    SOURCE = "coterie.commerce"
    data: ChargebackChangedData


class DifferenceReported(ContentReported):
    """The ledger and the payment provider differ about a movement of money, or a payout has no result in time.

    The platform reports it without a reporter. author_id: the buyer or payee, if known. evidence: both sums, and the flaw.
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


class PayoutChangedData(EventData):
    """source: whether the user is paid as seller or as owner. end_reason: why it ended without being paid; empty otherwise."""

    payout_id: str
    user_id: str
    source: Literal["seller", "owner"]
    amount: int
    currency: str
    state: Literal["awaiting_approval", "requested", "sending", "succeeded", "failed", "canceled", "rejected"]
    end_reason: str


class PayoutChanged(Event):
    """A payout changed its state. Each transition is published."""

    SOURCE = "coterie.commerce"
    data: PayoutChangedData


class PayoutAccountChangedData(EventData):
    """verification: what the provider has verified. currently_due: what it needs from the user.

    held_until: nothing is paid before, because the user set another account.
    """

    user_id: str
    verification: Literal["pending", "verified", "restricted"]
    currently_due: list[str]
    held_until: Moment | None


class PayoutAccountChanged(Event):
    """A user set where they are paid, or the provider verified more or less of it. It names no account."""

    SOURCE = "coterie.commerce"
    data: PayoutAccountChangedData


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


class TradesExported(PartsExported):
    """The listings, orders and sales of a user in a circle were written for a data export."""

    SOURCE = "coterie.commerce"


class DeletionObstacle(EventData):
    """What must be finished before the account is deleted. id: of the order or payout; of a balance `seller` or `owner`."""

    kind: Literal["purchase", "sale", "payout", "balance"]
    id: str


class DeletionCheckedData(EventData):
    """check: the number of the check. obstacles: at most 20."""

    user_id: str
    check: int
    obstacles: list[DeletionObstacle]


class DeletionChecked(Event):
    """Commerce looked for orders of a user in which money or delivery is outstanding, open payouts and positive balances."""

    SOURCE = "coterie.commerce"
    data: DeletionCheckedData


class TradesErased(UserErased):
    """The listings and reports of a deleted account were erased. Orders and the ledger stay, as the law requires."""

    SOURCE = "coterie.commerce"
