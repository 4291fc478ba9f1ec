"""What is stored of an order, and what follows from it. The changes of an order are in the classes that build on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Self

from services.commerce.domain.coupon import allocate
from services.commerce.domain.money import Money
from services.commerce.domain.order_line import OrderLine, Units, units_of
from services.commerce.domain.order_state import DIVIDED, GOES_BACK, HELD, TRANSITIONS, OrderState
from services.commerce.domain.party import Payee
from services.commerce.domain.refund import NO_REFUNDS, RefundReason, Refunds
from services.commerce.domain.shares import Shares
from services.commerce.domain.shipment import Shipment
from services.commerce.domain.suspicion import Suspicion, SuspicionState
from services.commerce.domain.terms import ListingKind
from services.commerce.domain.traces import NO_TRACES, Traces
from services.commerce.errors import OrderFrozen, OrderStateConflict
from services.shared.kernel.clock import next_version


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One buyer's purchase from one seller in one circle.

    lines: 1 to 20, all of one kind of listing. No two are of the same option of a listing.
    owner_id: the circle's owner when the order was placed; empty if commerce did not know the owner then.
    platform_share, owner_share: the terms in force when the order was placed; later changes of the settings do not affect them.
        `owner_share` is 0 if the owner is also buyer or seller, as known when the order is placed or received.
    due_at: when the state ends without an action; None if it never does. Of a reservation: its end; of a paid order: when the
        seller must have shipped it.
    ships_within: how long after the payment the seller must ship, as promised when the order was placed.
    expired_at: the end of the reservation, once the order has expired.
    paid_at: when the payment was recorded; None for an order that was never paid, which its seller does not see.
    payment_id: the provider's payment of the whole total, once one was captured. While the order is refunding or refunded
        because the payment was late, the payment is an UnappliedPayment.
    refunded: what the provider has refunded of the payment, or took by a chargeback that we lost, up to the total.
    charged_back: what chargebacks hold that are open.
    refunds: the refunds that are requested and that the provider has not reported.
    seller_refunds: how many refunds the seller has requested.
    cancel_reason: why the whole order goes back, or went back, before it was shipped; None for a late payment too.
    discount, coupon_id: what the coupon of the order takes off its lines, and which coupon it is; 0 and empty without one.
    shipment: once the order is shipped.
    has_unapplied_payments: whether an UnappliedPayment of the order exists.
    has_address: whether the order has a delivery address, which is an item of its own.
    unpaid: after receipt, the payees whose share is not released yet.
    return_days: the terms of returns when the order was placed; 0 if it cannot be returned.
    returnable_until: after receipt, the end of the return window. The owner's share is not released before.
    dispute_id: of the open dispute; empty without one. disputes: how many were opened.
    disputable_until: after a rejected return, until when the buyer can open a dispute about it.
    minor_ids: the identities of a buyer who was a minor when it was placed: their spending of the month counts the order.
    paused_due_at: when the order would have been due, if a dispute or a return did not freeze it.
    traces: what it was placed and paid with, as keyed hashes, until it is shipped or ends.
    suspicion: why it may be a wash trade, and what a reviewer decided; None of nearly all orders.
    """

    id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    owner_id: str
    lines: tuple[OrderLine, ...]
    created_at: datetime
    version: int
    ships_within: timedelta
    state: OrderState = OrderState.RESERVED
    platform_share: int = 0
    owner_share: int = 0
    due_at: datetime | None = None
    expired_at: datetime | None = None
    paid_at: datetime | None = None
    payment_id: str = ""
    unpaid: frozenset[Payee] = frozenset()
    returnable_until: datetime | None = None
    refunded: int = 0
    has_unapplied_payments: bool = False
    has_address: bool = False
    charged_back: int = 0
    refunds: Refunds = NO_REFUNDS
    seller_refunds: int = 0
    cancel_reason: RefundReason | None = None
    shipment: Shipment | None = None
    discount: int = 0
    coupon_id: str = ""
    return_days: int = 0
    dispute_id: str = ""
    disputes: int = 0
    disputable_until: datetime | None = None
    paused_due_at: datetime | None = None
    traces: Traces = NO_TRACES
    suspicion: Suspicion | None = None
    minor_ids: tuple[str, ...] = ()

    @property
    def kind(self) -> ListingKind:
        return self.lines[0].kind

    @property
    def units(self) -> Mapping[str, Units]:
        """The units by listing and option."""
        return units_of(self.lines)

    @property
    def price(self) -> Money:
        """The price of all lines, before the discount."""
        return reduce(add, (line.total for line in self.lines))

    @property
    def total(self) -> Money:
        """What the buyer pays."""
        return Money(self.price.amount - self.discount, self.price.currency)

    @property
    def line_discounts(self) -> tuple[int, ...]:
        """The part of the discount that each line bears; they sum to the discount."""
        return allocate(self.discount, [line.total.amount for line in self.lines])

    @property
    def net(self) -> Money:
        """The total without what was refunded, and without what open chargebacks hold."""
        return Money(self.total.amount - self.refunded - self.charged_back, self.total.currency)

    @property
    def spent(self) -> int:
        """What the spending of a minor counts of the order: nothing once all of it goes back, or it was never paid in time."""
        return 0 if self.state in GOES_BACK else self.total.amount - self.refunded

    @property
    def shares(self) -> Shares:
        """How `net` divides. They depend on the sum of refunds and chargebacks only, not on their order or time."""
        return Shares.of(self.net, self.platform_share, self.owner_share)

    @property
    def is_in_escrow(self) -> bool:
        """Whether the order's money is in its escrow. That of a late payment is not: an UnappliedPayment has it."""
        is_cancelled = self.state is OrderState.REFUNDING and self.cancel_reason is not None
        return self.state in HELD or is_cancelled

    @property
    def keeps_payment(self) -> bool:
        """Whether the order has money of its payment, in its escrow or with its payees."""
        return self.is_in_escrow or self.state in DIVIDED

    @property
    def refundable(self) -> Money:
        """What can still be requested: the total without what is refunded, charged back, or requested.

        Every refund that we request is at most this, so refunds and chargebacks together never exceed the capture.
        """
        rest = max(self.net.amount - self.refunds.requested, 0) if self.keeps_payment else 0
        return Money(rest, self.total.currency)

    @property
    def is_frozen(self) -> bool:
        """Whether a dispute or a return is open: the order is not received by itself, and no share is released."""
        return bool(self.dispute_id) or any(line.returning for line in self.lines)

    @property
    def is_commission_held(self) -> bool:
        """Whether the owner's share waits for the decision of a reviewer."""
        return self.suspicion is not None and self.suspicion.state is SuspicionState.SUSPECTED

    def waits_for_review_alone(self, now: datetime) -> bool:
        """Whether nothing but the decision about its commission is open: neither buyer nor seller has to do anything."""
        is_over = self.state is OrderState.RECEIVED and not self.is_returnable(now) and not self.is_frozen
        return is_over and self.is_commission_held and self.unpaid <= {Payee.OWNER}

    @property
    def ships_by(self) -> datetime | None:
        """When the seller must have shipped a paid order."""
        return self.due_at if self.state is OrderState.PAID else None

    @property
    def acts_at(self) -> datetime | None:
        """When the schedule must act on the order next: at the end of its state, or to repeat a request for a refund."""
        return min((at for at in (self.due_at, self.refunds.due_at) if at), default=None)

    def is_returnable(self, now: datetime) -> bool:
        """Whether the return window is open."""
        return self.returnable_until is not None and now < self.returnable_until

    def is_due(self, now: datetime) -> bool:
        """Whether `due_at` has passed. The schedule may not have acted yet, so readers must not rely on `state` alone."""
        return self.due_at is not None and now >= self.due_at

    def state_at(self, now: datetime) -> OrderState:
        """Return the state; of an order that is due before it is shipped, the next one, as if the schedule had moved it."""
        after = {OrderState.RESERVED: OrderState.EXPIRED, OrderState.PAID: OrderState.REFUNDING}
        return after.get(self.state, self.state) if self.is_due(now) else self.state

    def _transition(self, state: OrderState, at: datetime, due_at: datetime | None) -> Self:
        if state not in TRANSITIONS[self.state]:
            raise OrderStateConflict(state=self.state)
        version, traces = next_version(self.version, at), self.traces if state is OrderState.PAID else NO_TRACES
        after = replace(self, state=state, due_at=due_at, traces=traces, version=version)
        if self.is_frozen and state is OrderState.SHIPPED:
            return replace(after, due_at=None, paused_due_at=due_at)
        return after

    def require_not_frozen(self) -> None:
        """Raises: OrderFrozen (a dispute or a return has not ended)."""
        if self.is_frozen:
            raise OrderFrozen

    def _require_reservation(self, now: datetime) -> None:
        if (state := self.state_at(now)) is not OrderState.RESERVED:
            raise OrderStateConflict(state=state)

    def _require_state(self, state: OrderState) -> None:
        if self.state is not state:
            raise OrderStateConflict(state=self.state)

    def _require_due(self, now: datetime) -> None:
        if not self.is_due(now):
            raise OrderStateConflict(state=self.state)
