"""Orders: what buyer and seller agreed to, the state, and when the schedule must act on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.commerce.domain.listing import Listing, ListingKind, terms_of
from services.commerce.domain.money import Money
from services.commerce.errors import OrderNotFound, OrderStateConflict, PaymentMismatch
from services.commerce.settings import settings
from services.shared.kernel.clock import next_version


class OrderState(StrEnum):
    RESERVED = "reserved"
    EXPIRED = "expired"
    PAID = "paid"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    SHIPPED = "shipped"
    RECEIVED = "received"
    COMPLETED = "completed"


S = OrderState
TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    S.RESERVED: frozenset({S.PAID, S.EXPIRED}),
    S.EXPIRED: frozenset({S.PAID, S.REFUNDING}),  # a late payment: paid if units are in stock, otherwise refunded
    S.PAID: frozenset({S.SHIPPED}),
    S.SHIPPED: frozenset({S.RECEIVED}),
    S.RECEIVED: frozenset({S.COMPLETED}),
    S.REFUNDING: frozenset({S.REFUNDED}),
    S.REFUNDED: frozenset(),
    S.COMPLETED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Shares:
    """How the total divides between seller, platform and circle owner. The three always sum to the total."""

    seller: Money
    platform: Money
    owner: Money

    @classmethod
    def of(cls, total: Money, platform_share: int, owner_share: int) -> Shares:
        """Divide by basis points. Platform and owner are rounded down; the seller gets the rest."""
        platform, owner = total.share(platform_share), total.share(owner_share)
        return cls(total - platform - owner, platform, owner)


@dataclass(frozen=True, slots=True)
class Order:
    """One buyer's purchase of units of one listing.

    owner_id: the circle's owner when the order was placed; empty if commerce did not know the owner then.
    platform_share, owner_share: the terms in force when the order was placed; later changes of the settings do not affect them.
    due_at: when the schedule must act on the order next; None if it never must.
    payment_id: the provider's payment, once one was captured.
    """

    id: str
    circle_id: str
    listing_id: str
    kind: ListingKind
    title: str
    buyer_id: str
    seller_id: str
    owner_id: str
    quantity: int
    unit_price: Money
    created_at: datetime
    version: int
    state: OrderState = OrderState.RESERVED
    platform_share: int = 0
    owner_share: int = 0
    due_at: datetime | None = None
    payment_id: str = ""

    @property
    def total(self) -> Money:
        return self.unit_price.times(self.quantity)

    @property
    def shares(self) -> Shares:
        """The shares that the parties agreed to. An owner earns no commission on their own purchases and sales."""
        earns = self.owner_id not in ("", self.buyer_id, self.seller_id)
        return Shares.of(self.total, self.platform_share, self.owner_share if earns else 0)

    @classmethod
    def reserve(cls, id: str, listing: Listing, *, buyer_id: str, owner_id: str, quantity: int, at: datetime) -> Order:
        """Create an order whose units are reserved for a while, at the listing's price and terms."""
        return cls(
            id=id,
            circle_id=listing.circle_id,
            listing_id=listing.id,
            kind=listing.kind,
            title=listing.title,
            buyer_id=buyer_id,
            seller_id=listing.seller_id,
            owner_id=owner_id,
            quantity=quantity,
            unit_price=listing.price,
            created_at=at,
            version=next_version(0, at),
            platform_share=listing.terms.platform_share,
            owner_share=listing.terms.owner_share,
            due_at=at + settings().reservation_lifetime,
        )

    def is_due(self, now: datetime) -> bool:
        """Whether `due_at` has passed. The schedule may not have acted yet, so readers must not rely on `state` alone."""
        return self.due_at is not None and now >= self.due_at

    def state_at(self, now: datetime) -> OrderState:
        """Return the state; expired for a reservation that is due, even if the schedule has not moved it yet."""
        is_expired = self.state is OrderState.RESERVED and self.is_due(now)
        return OrderState.EXPIRED if is_expired else self.state

    def expire(self, *, at: datetime) -> Order:
        self._require_state(OrderState.RESERVED)
        self._require_due(at)
        return self._transition(OrderState.EXPIRED, at, None)

    def pay(self, payment_id: str, amount: Money, *, at: datetime) -> Order:
        """Record a captured payment of exactly the total. An expired order must reserve its stock again in the same write.

        Raises: PaymentMismatch, OrderStateConflict.
        """
        self._require_total(amount)
        return replace(self._transition(OrderState.PAID, at, None), payment_id=payment_id)

    def start_refund(self, payment_id: str, amount: Money, *, at: datetime) -> Order:
        """Record a payment that was captured after the stock was sold to others. The schedule requests the refund at once."""
        self._require_total(amount)
        return replace(self._transition(OrderState.REFUNDING, at, at), payment_id=payment_id)

    def schedule_refund_retry(self, *, at: datetime) -> Order:
        """Request the refund again later, unless the provider reports it until then."""
        self._require_state(OrderState.REFUNDING)
        return replace(self, due_at=at + settings().refund_retry_interval, version=next_version(self.version, at))

    def complete_refund(self, payment_id: str, amount: Money, *, at: datetime) -> Order:
        """Record that the provider refunded this payment in full.

        Raises: PaymentMismatch (another amount or payment), OrderStateConflict.
        """
        after = self._transition(OrderState.REFUNDED, at, None)
        self._require_total(amount)
        if payment_id != self.payment_id:
            raise PaymentMismatch
        return after

    def ship(self, seller_id: str, *, at: datetime) -> Order:
        if seller_id != self.seller_id:
            raise OrderNotFound
        return self._transition(OrderState.SHIPPED, at, at + terms_of(self.kind).auto_confirm_after)

    def confirm_receipt(self, buyer_id: str | None, *, at: datetime) -> Order:
        """Confirm receipt for the buyer, or automatically (`buyer_id` is None) once the order is due.

        Raises: OrderNotFound (another user than the buyer), OrderStateConflict.
        """
        if buyer_id is None:
            self._require_due(at)
        elif buyer_id != self.buyer_id:
            raise OrderNotFound
        return self._transition(OrderState.RECEIVED, at, at + terms_of(self.kind).return_window)

    def postpone(self, *, at: datetime) -> Order:
        """Make the order due again later, because a sanction blocks the payout now. The money stays where it is."""
        return replace(self, due_at=at + settings().payout_postponement, version=next_version(self.version, at))

    def complete(self, *, at: datetime) -> Order:
        self._require_state(OrderState.RECEIVED)
        self._require_due(at)
        return self._transition(OrderState.COMPLETED, at, None)

    def _transition(self, state: OrderState, at: datetime, due_at: datetime | None) -> Order:
        if state not in TRANSITIONS[self.state]:
            raise OrderStateConflict(state=self.state)
        return replace(self, state=state, due_at=due_at, version=next_version(self.version, at))

    def _require_state(self, state: OrderState) -> None:
        if self.state is not state:
            raise OrderStateConflict(state=self.state)

    def _require_due(self, now: datetime) -> None:
        if not self.is_due(now):
            raise OrderStateConflict(state=self.state)

    def _require_total(self, amount: Money) -> None:
        if amount != self.total:
            raise PaymentMismatch
