"""The events of payments, chargebacks, payouts and the reconciliation."""

from __future__ import annotations

from typing import Literal

from services.shared.kernel.moments import Moment
from services.shared.messaging.events.base import ContentReported, Event, EventData


class PaymentReported(ContentReported):
    """A payment that no order keeps is not back at the buyer in time, the provider refunded more than it captured, or the
    buyer's bank took one back.

    The platform reports it without a reporter. circle_id: empty if commerce does not know the order.
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
