"""The states of an order, and the transitions between them."""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    RESERVED = "reserved"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    PAID = "paid"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    SHIPPED = "shipped"
    RECEIVED = "received"
    COMPLETED = "completed"


S = OrderState
TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    # refunding: a late payment before the schedule has run
    S.RESERVED: frozenset({S.PAID, S.EXPIRED, S.CANCELLED, S.REFUNDING}),
    S.EXPIRED: frozenset({S.PAID, S.REFUNDING}),  # a late payment: paid if units are in stock, otherwise refunded
    S.CANCELLED: frozenset(),
    # refunding: it was cancelled, or not shipped in time. refunded: in full, at the provider; also in the states after it
    S.PAID: frozenset({S.SHIPPED, S.REFUNDING, S.REFUNDED}),
    S.SHIPPED: frozenset({S.RECEIVED, S.REFUNDED}),
    S.RECEIVED: frozenset({S.COMPLETED, S.REFUNDED}),
    S.REFUNDING: frozenset({S.REFUNDED}),
    S.REFUNDED: frozenset(),
    S.COMPLETED: frozenset({S.REFUNDED}),
}
UNPAID = frozenset({S.RESERVED, S.EXPIRED})  # a payment of the total can pay the order
ENDED = frozenset({S.EXPIRED, S.CANCELLED, S.REFUNDED, S.COMPLETED})  # no money or delivery is outstanding
GOES_BACK = frozenset({S.EXPIRED, S.CANCELLED, S.REFUNDING, S.REFUNDED})  # the buyer has, or gets, all of the money back
HELD = frozenset({S.PAID, S.SHIPPED})  # the order's money is in its escrow
DIVIDED = frozenset({S.RECEIVED, S.COMPLETED})  # the order's money belongs to seller, platform and owner
