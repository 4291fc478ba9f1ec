"""What comes in and goes out over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from services.commerce.adapters.payments import Payment
from services.commerce.domain import Kind, Listing, Order, OrderState
from services.commerce.domain.money import Money
from services.commerce.domain.order import MAX_UNITS
from services.commerce.usecases import Notice
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.ids import PATTERNS, USER_PATTERN
from services.shared.kernel.text import Line

ListingId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['listing_id']}$")]
Reference = Annotated[str, StringConstraints(pattern=f"^{USER_PATTERN}/{PATTERNS['order_id']}$")]
PaymentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{4,64}$")]
Amount = Annotated[int, Field(ge=1, le=10**9)]
Currency = Literal["CNY"]


class ListingEdit(RequestModel):
    """What may change about a listing; `amount` in the minor unit (fen)."""

    title: Line
    amount: Amount
    currency: Currency
    on_sale: bool = True

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)


class ListingRequest(RequestModel):
    """Goods to offer: `c2c` by any member, `merchant` by those who curate the circle's shop."""

    kind: Kind
    title: Line
    amount: Amount
    currency: Currency
    stock: Annotated[int, Field(ge=1, le=100_000)]

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)


class OrderRequest(RequestModel):
    """`revision` is that of the listing the buyer saw; the price is the listing's own and cannot be named."""

    listing_id: ListingId
    revision: Annotated[int, Field(ge=1, le=10**15)]
    quantity: Annotated[int, Field(ge=1, le=MAX_UNITS)]


class NoticeIn(ResponseModel):
    """A webhook of the payment provider; fields and types that it adds later are ignored."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    event_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    type: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    payment_id: PaymentId
    reference: Reference
    amount: Annotated[int, Field(ge=1, le=10**9 * MAX_UNITS)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

    def notice(self) -> Notice:
        return Notice(self.type, self.payment_id, self.reference, Money(self.amount, self.currency))


class Disclosure(ResponseModel):
    en: str
    zh_cn: str


class ListingResponse(ResponseModel):
    """Goods as a member sees them, with what must be told before paying."""

    listing_id: str
    circle_id: str
    seller: str
    kind: Kind
    title: str
    amount: int
    currency: str
    stock: int
    revision: int
    on_sale: bool
    created_at: datetime
    disclosure: Disclosure

    @classmethod
    def of(cls, listing: Listing) -> ListingResponse:
        en, zh_cn = listing.terms.disclosure
        return cls(
            listing_id=listing.id,
            circle_id=listing.circle_id,
            seller=listing.seller,
            kind=listing.kind,
            title=listing.title,
            amount=listing.price.amount,
            currency=listing.price.currency,
            stock=listing.stock,
            revision=listing.revision,
            on_sale=listing.on_sale,
            created_at=listing.created_at,
            disclosure=Disclosure(en=en, zh_cn=zh_cn),
        )


class OrderResponse(ResponseModel):
    """An order; `due_at` is when its present step ends by itself."""

    order_id: str
    circle_id: str
    listing_id: str
    title: str
    kind: Kind
    buyer: str
    seller: str
    quantity: int
    unit_amount: int
    total_amount: int
    currency: str
    state: OrderState
    due_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, order: Order, at: datetime) -> OrderResponse:
        """`at` decides: a reservation whose time is over reads as expired, whatever the schedule has done yet."""
        expired = order.state is OrderState.RESERVED and order.is_expired(at)
        return cls(
            order_id=order.id,
            circle_id=order.circle_id,
            listing_id=order.listing_id,
            title=order.title,
            kind=order.kind,
            buyer=order.buyer,
            seller=order.seller,
            quantity=order.quantity,
            unit_amount=order.unit_price.amount,
            total_amount=order.total.amount,
            currency=order.total.currency,
            state=OrderState.EXPIRED if expired else order.state,
            due_at=order.due_at,
            created_at=order.created_at,
        )


class PaymentResponse(ResponseModel):
    """Where the buyer pays; the order hears of it from the provider, not from the client."""

    payment_id: str
    pay_url: str

    @classmethod
    def of(cls, payment: Payment) -> PaymentResponse:
        return cls(payment_id=payment.id, pay_url=payment.pay_url)


class AccountResponse(ResponseModel):
    """A ledger account; a debit balance is positive. All accounts of a currency sum to zero."""

    account: str
    currency: str
    balance: int
