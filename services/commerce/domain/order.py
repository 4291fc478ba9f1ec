"""An order: what was agreed, where it stands, and by when something must happen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.commerce.domain.listing import TERMS, Kind, Listing
from services.commerce.domain.money import Money
from services.commerce.errors import OrderNotFound, PaymentMismatch, WrongState
from services.shared.kernel.clock import next_version

RESERVATION = timedelta(minutes=15)
ASK_AGAIN = timedelta(minutes=5)
HELD_FOR = timedelta(days=1)
MAX_UNITS = 10


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
    S.EXPIRED: frozenset({S.PAID, S.REFUNDING}),  # paid too late: the goods if they are still there, else the money back
    S.PAID: frozenset({S.SHIPPED}),
    S.SHIPPED: frozenset({S.RECEIVED}),
    S.RECEIVED: frozenset({S.COMPLETED}),
    S.REFUNDING: frozenset({S.REFUNDED}),
    S.REFUNDED: frozenset(),
    S.COMPLETED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Shares:
    """How the paid total divides. Rounding stays with the seller, so the three always sum to it."""

    seller: Money
    platform: Money
    owner: Money

    @classmethod
    def of(cls, total: Money, platform_share: int, owner_share: int) -> Shares:
        """Platform and owner take their basis points, rounded down."""
        platform, owner = total.share(platform_share), total.share(owner_share)
        return cls(total - platform - owner, platform, owner)


@dataclass(frozen=True, slots=True)
class Order:
    """One listing, some units, one buyer. `due_at` is when the schedule looks at it next; None: never again."""

    id: str
    circle_id: str
    listing_id: str
    kind: Kind
    title: str
    buyer: str
    seller: str
    owner: str
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
        """By the shares that were agreed to; nobody earns a commission on what they buy or sell themselves."""
        earns = self.owner not in ("", self.buyer, self.seller)
        return Shares.of(self.total, self.platform_share, self.owner_share if earns else 0)

    @classmethod
    def reserve(cls, id: str, listing: Listing, *, buyer: str, owner: str, quantity: int, at: datetime) -> Order:
        return cls(
            id=id,
            circle_id=listing.circle_id,
            listing_id=listing.id,
            kind=listing.kind,
            title=listing.title,
            buyer=buyer,
            seller=listing.seller,
            owner=owner,
            quantity=quantity,
            unit_price=listing.price,
            created_at=at,
            version=next_version(0, at),
            platform_share=listing.terms.platform,
            owner_share=listing.terms.owner,
            due_at=at + RESERVATION,
        )

    def is_expired(self, at: datetime) -> bool:
        """Whether its time is over, whatever the schedule has done about it yet."""
        return self.due_at is not None and at >= self.due_at

    def expire(self, *, at: datetime) -> Order:
        self._require(OrderState.RESERVED)
        if not self.is_expired(at):
            raise WrongState
        return self._to(OrderState.EXPIRED, at, None)

    def pay(self, payment_id: str, amount: Money, *, at: datetime) -> Order:
        """Take a captured payment of exactly the total. From EXPIRED it needs its goods reserved again."""
        self._match(amount)
        return replace(self._to(OrderState.PAID, at, None), payment_id=payment_id)

    def refund(self, payment_id: str, amount: Money, *, at: datetime) -> Order:
        """Give back a payment that came when the goods were gone."""
        self._match(amount)
        return replace(self._to(OrderState.REFUNDING, at, at), payment_id=payment_id)

    def ask_again(self, *, at: datetime) -> Order:
        """The provider was asked to give the money back; if it does not tell of it, it is asked again."""
        self._require(OrderState.REFUNDING)
        return replace(self, due_at=at + ASK_AGAIN, version=next_version(self.version, at))

    def refunded(self, payment_id: str, amount: Money, *, at: datetime) -> Order:
        """Given back: this very payment, in whole."""
        after = self._to(OrderState.REFUNDED, at, None)
        self._match(amount)
        if payment_id != self.payment_id:
            raise PaymentMismatch
        return after

    def ship(self, seller: str, *, at: datetime) -> Order:
        if seller != self.seller:
            raise OrderNotFound
        return self._to(OrderState.SHIPPED, at, at + TERMS[self.kind].auto_confirm)

    def receive(self, buyer: str | None, *, at: datetime) -> Order:
        """Confirmed by the buyer, and by nobody else; or, with no buyer, by the clock once its time is over."""
        if buyer is None and not self.is_expired(at):
            raise WrongState
        if buyer is not None and buyer != self.buyer:
            raise OrderNotFound
        return self._to(OrderState.RECEIVED, at, at + TERMS[self.kind].return_window)

    def hold(self, *, at: datetime) -> Order:
        """Whoever would be paid may not be for now: it is looked at again in a day, and nothing is lost meanwhile."""
        return replace(self, due_at=at + HELD_FOR, version=next_version(self.version, at))

    def complete(self, *, at: datetime) -> Order:
        self._require(OrderState.RECEIVED)
        if not self.is_expired(at):
            raise WrongState
        return self._to(OrderState.COMPLETED, at, None)

    def _to(self, state: OrderState, at: datetime, due_at: datetime | None) -> Order:
        if state not in TRANSITIONS[self.state]:
            raise WrongState(f"The order is {self.state}.")
        return replace(self, state=state, due_at=due_at, version=next_version(self.version, at))

    def _require(self, state: OrderState) -> None:
        if self.state is not state:
            raise WrongState(f"The order is {self.state}.")

    def _match(self, amount: Money) -> None:
        if amount != self.total:
            raise PaymentMismatch
