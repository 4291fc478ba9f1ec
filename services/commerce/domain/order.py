"""Orders: what buyer and seller agreed to, the state, and when the schedule must act on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import add

from services.commerce.domain.listing import ListingKind, terms_of
from services.commerce.domain.money import Money
from services.commerce.domain.order_line import OrderLine, Units, units_of
from services.commerce.domain.party import Parties, Payee
from services.commerce.errors import AddressMissing, OrderNotFound, OrderStateConflict
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
    S.RESERVED: frozenset({S.PAID, S.EXPIRED, S.REFUNDING}),  # refunding: a late payment before the schedule has run
    S.EXPIRED: frozenset({S.PAID, S.REFUNDING}),  # a late payment: paid if units are in stock, otherwise refunded
    S.PAID: frozenset({S.SHIPPED, S.REFUNDED}),  # refunded: in full, at the provider; also in the states after it
    S.SHIPPED: frozenset({S.RECEIVED, S.REFUNDED}),
    S.RECEIVED: frozenset({S.COMPLETED, S.REFUNDED}),
    S.REFUNDING: frozenset({S.REFUNDED}),
    S.REFUNDED: frozenset(),
    S.COMPLETED: frozenset({S.REFUNDED}),
}
HELD = frozenset({S.PAID, S.SHIPPED})  # the order's money is in its escrow
ENDED = frozenset({S.EXPIRED, S.REFUNDED, S.COMPLETED})  # no money or delivery is outstanding
DIVIDED = frozenset({S.RECEIVED, S.COMPLETED})  # the order's money belongs to seller, platform and owner


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
    """One buyer's purchase from one seller in one circle.

    lines: 1 to 20, all of one kind of listing. No two are of the same option of a listing.
    owner_id: the circle's owner when the order was placed; empty if commerce did not know the owner then.
    platform_share, owner_share: the terms in force when the order was placed; later changes of the settings do not affect them.
        `owner_share` is 0 if the owner is also buyer or seller, as known when the order is placed or received.
    due_at: when the schedule must act on the order next; None if it never must. Of a reservation: its end.
    expired_at: the end of the reservation, once the order has expired.
    paid_at: when the payment was recorded; None for an order that was never paid, which its seller does not see.
    payment_id: the provider's payment of the whole total, once one was captured. While the order is refunding or refunded
        because the payment was late, the payment is an UnappliedPayment.
    refunded: what the provider has refunded of the payment, up to the total.
    has_unapplied_payments: whether an UnappliedPayment of the order exists.
    has_address: whether the order has a delivery address, which is an item of its own.
    unpaid: after receipt, the payees whose share is not released yet.
    returnable_until: after receipt, the end of the return window. The owner's share is not released before.
    """

    id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    owner_id: str
    lines: tuple[OrderLine, ...]
    created_at: datetime
    version: int
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

    @property
    def kind(self) -> ListingKind:
        return self.lines[0].kind

    @property
    def units(self) -> Mapping[str, Units]:
        """The units by listing and option."""
        return units_of(self.lines)

    @property
    def total(self) -> Money:
        return reduce(add, (line.total for line in self.lines))

    @property
    def net(self) -> Money:
        """The total without what was refunded."""
        return Money(self.total.amount - self.refunded, self.total.currency)

    @property
    def shares(self) -> Shares:
        """How `net` divides. They depend on the sum of the refunds only, not on their order or time."""
        return Shares.of(self.net, self.platform_share, self.owner_share)

    @classmethod
    def reserve(cls, id: str, circle_id: str, lines: Sequence[OrderLine], parties: Parties, *, at: datetime) -> Order:
        """Create an order whose units are reserved for a while, at the terms of the kind of its lines."""
        terms = terms_of(lines[0].kind)
        return cls(
            id=id,
            circle_id=circle_id,
            buyer_id=parties.buyer.user_id,
            seller_id=parties.seller.user_id,
            owner_id=parties.owner.user_id,
            lines=tuple(lines),
            created_at=at,
            version=next_version(0, at),
            platform_share=terms.platform_share,
            owner_share=terms.owner_share if parties.owner_earns else 0,
            due_at=at + settings().reservation_lifetime,
        )

    def is_due(self, now: datetime) -> bool:
        """Whether `due_at` has passed. The schedule may not have acted yet, so readers must not rely on `state` alone."""
        return self.due_at is not None and now >= self.due_at

    def state_at(self, now: datetime) -> OrderState:
        """Return the state; expired for a reservation that is due, even if the schedule has not moved it yet."""
        is_expired = self.state is OrderState.RESERVED and self.is_due(now)
        return OrderState.EXPIRED if is_expired else self.state

    def require_payable(self, now: datetime) -> None:
        """Require a reservation in force, and an address if the kind is delivered.

        Raises: OrderStateConflict, AddressMissing.
        """
        self._require_reservation(now)
        if terms_of(self.kind).is_delivered and not self.has_address:
            raise AddressMissing

    def set_address(self, *, at: datetime) -> Order:
        """Return the order with a delivery address, or another one. Of a paid order it stays: the seller may have used it.

        Raises: OrderStateConflict.
        """
        self._require_reservation(at)
        return replace(self, has_address=True, version=next_version(self.version, at))

    def shows_address_to_seller(self, now: datetime) -> bool:
        """Whether the seller needs the address: the order is to be delivered, or can still be returned."""
        return self.state in HELD or (self.state in DIVIDED and self._is_returnable(now))

    def expire(self, *, at: datetime) -> Order:
        self._require_state(OrderState.RESERVED)
        self._require_due(at)
        return replace(self._transition(OrderState.EXPIRED, at, None), expired_at=self.due_at)

    def is_in_time(self, captured_at: datetime) -> bool:
        """Whether a payment that was captured then was captured before the end of the reservation."""
        end = self.due_at if self.state is OrderState.RESERVED else self.expired_at
        return end is not None and captured_at < end

    def awaits(self, amount: Money) -> bool:
        """Whether a payment of this amount can pay the order: it is unpaid, and the amount is its total."""
        return self.state in (OrderState.RESERVED, OrderState.EXPIRED) and amount == self.total

    def is_paid_by(self, payment_id: str, amount: Money) -> bool:
        """Whether this capture was applied to the order before."""
        return self.payment_id == payment_id and amount == self.total

    def pay(self, payment_id: str, *, at: datetime) -> Order:
        """Record a captured payment of the total. An expired order must reserve its stock again in the same write.

        Raises: OrderStateConflict.
        """
        return replace(self._transition(OrderState.PAID, at, None), payment_id=payment_id, paid_at=at)

    def return_payment(self, payment_id: str, *, at: datetime) -> Order:
        """Record a late payment of the total, which goes back as an UnappliedPayment. A reservation must release its stock.

        Raises: OrderStateConflict.
        """
        return replace(self._transition(OrderState.REFUNDING, at, None), payment_id=payment_id)

    def complete_return(self, *, at: datetime) -> Order:
        """Record that the late payment is back at the buyer. Raises: OrderStateConflict."""
        self._require_state(OrderState.REFUNDING)
        return replace(self._transition(OrderState.REFUNDED, at, None), refunded=self.total.amount)

    def get_refundable(self, payment_id: str, currency: str) -> int:
        """Return how much of the money that the order keeps a refund of this payment can take."""
        is_kept = self.state in HELD | DIVIDED and (payment_id, currency) == (self.payment_id, self.total.currency)
        return self.net.amount if is_kept else 0

    def refund(self, amount: int, *, at: datetime) -> Order:
        """Record that the provider has refunded a part of the money that the order keeps, or the rest of it.

        Without a rest the order is refunded, and no payee waits for a share. Otherwise its state stays.
        Raises: OrderStateConflict.
        """
        if self.state not in HELD | DIVIDED:
            raise OrderStateConflict(state=self.state)
        if not 0 < amount <= self.net.amount:
            raise ValueError("a refund must be between 1 and what is left of the order's money")
        after = replace(self, refunded=self.refunded + amount, version=next_version(self.version, at))
        return after if after.net.amount else replace(after._transition(OrderState.REFUNDED, at, None), unpaid=frozenset())

    def note_unapplied_payment(self, *, at: datetime) -> Order:
        """Return the order with a new version, so that no concurrent payment of it overlooks an UnappliedPayment."""
        return replace(self, has_unapplied_payments=True, version=next_version(self.version, at))

    def ship(self, seller_id: str, *, at: datetime) -> Order:
        if seller_id != self.seller_id:
            raise OrderNotFound
        return self._transition(OrderState.SHIPPED, at, at + terms_of(self.kind).auto_confirm_after)

    def confirm_receipt(self, buyer_id: str | None, parties: Parties, *, at: datetime) -> Order:
        """Confirm receipt for the buyer, or automatically (`buyer_id` is None) once the order is due.

        The seller is unpaid while a sanction blocks the payout; the owner until the return window ends.
        Raises: OrderNotFound (another user than the buyer), OrderStateConflict.
        """
        if buyer_id is None:
            self._require_due(at)
        elif buyer_id != self.buyer_id:
            raise OrderNotFound
        owner_share = self.owner_share if parties.owner_earns else 0
        received = replace(self, owner_share=owner_share, returnable_until=at + terms_of(self.kind).return_window)
        blocked = frozenset({Payee.SELLER} if parties.seller.is_payout_blocked(at) else ())
        pending = frozenset({Payee.OWNER} if received.shares.owner.amount else ())
        received = replace(received, unpaid=blocked | pending)
        return received._transition(OrderState.RECEIVED, at, received._next_release(blocked, at))

    def release_shares(self, parties: Parties, *, at: datetime) -> Order:
        """Release the shares that nothing blocks now. The order is completed when all are and the return window has ended.

        A share that a sanction blocks is evaluated again later; the other payee does not wait for it.
        """
        self._require_state(OrderState.RECEIVED)
        self._require_due(at)
        pending = frozenset({Payee.OWNER} if self._is_returnable(at) else ()) & self.unpaid
        blocked = frozenset(p for p in self.unpaid - pending if parties.get_payee(p).is_payout_blocked(at))
        # From here on the seller owns what was the owner's commission, so a refund takes it from the seller.
        is_forfeited = Payee.OWNER in self.unpaid - pending - blocked and not parties.owner_earns
        after = replace(self, unpaid=pending | blocked, owner_share=0 if is_forfeited else self.owner_share)
        if not after.unpaid and not self._is_returnable(at):
            return after._transition(OrderState.COMPLETED, at, None)
        return replace(after, due_at=after._next_release(blocked, at), version=next_version(self.version, at))

    def _is_returnable(self, now: datetime) -> bool:
        return self.returnable_until is not None and now < self.returnable_until

    def _next_release(self, blocked: frozenset[Payee], at: datetime) -> datetime | None:
        """Return when a share can be released next: at the end of the return window, or when a sanction is evaluated again."""
        retry_at = at + settings().payout_postponement
        if not blocked:
            return self.returnable_until
        return min(retry_at, self.returnable_until or retry_at) if self._is_returnable(at) else retry_at

    def _transition(self, state: OrderState, at: datetime, due_at: datetime | None) -> Order:
        if state not in TRANSITIONS[self.state]:
            raise OrderStateConflict(state=self.state)
        return replace(self, state=state, due_at=due_at, version=next_version(self.version, at))

    def _require_reservation(self, now: datetime) -> None:
        if (state := self.state_at(now)) is not OrderState.RESERVED:
            raise OrderStateConflict(state=state)

    def _require_state(self, state: OrderState) -> None:
        if self.state is not state:
            raise OrderStateConflict(state=self.state)

    def _require_due(self, now: datetime) -> None:
        if not self.is_due(now):
            raise OrderStateConflict(state=self.state)
