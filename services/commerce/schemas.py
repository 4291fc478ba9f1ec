"""Request and response models of the commerce API. Amounts are integers of the minor unit (fen)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from services.commerce.adapters.payments import PAYMENT_ID_PATTERN, Payment
from services.commerce.domain import Listing, ListingKind, Order, OrderState
from services.commerce.domain.ledger import Balance
from services.commerce.domain.listing import Removal, removal_case_id
from services.commerce.domain.money import Money
from services.commerce.settings import settings
from services.commerce.usecases import WebhookEvent
from services.shared.http.schemas import (
    GrantQuery,
    ListingId,
    RequestModel,
    RequestMoment,
    ResponseModel,
    TakeDownReason,
    Version,
    ViolationResponse,
)
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import PATTERNS, USER_PATTERN
from services.shared.kernel.limits import at_most
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Line

PaymentReference = Annotated[str, StringConstraints(pattern=f"^{USER_PATTERN}/{PATTERNS['order_id']}$")]
PaymentId = Annotated[str, StringConstraints(pattern=f"^{PAYMENT_ID_PATTERN}$")]
ProviderText = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
RefundReference = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
Price = Annotated[int, Field(ge=1, le=10**9), at_most(lambda: settings().max_price)]
Stock = Annotated[int, Field(ge=1, le=100_000), at_most(lambda: settings().max_stock)]
Quantity = Annotated[int, Field(ge=1, le=100), at_most(lambda: settings().max_quantity)]
Currency = Literal["CNY"]


class ProductFields(RequestModel):
    """The fields of a new and of an updated listing. `amount` is the price per unit."""

    title: Line
    amount: Price
    currency: Currency

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)


class ListingUpdateRequest(ProductFields):
    """The changeable fields of a listing."""

    on_sale: bool = True


class ListingRequest(ProductFields):
    """A new listing. Every member can list `c2c`; `merchant` is for the members who run the circle's shop."""

    kind: ListingKind
    stock: Stock


class RemovalRequest(RequestModel):
    """The reason for which a moderator removes a listing. Its seller reads it."""

    reason: Line


class OrderRequest(RequestModel):
    """A new order. `revision` is the listing's revision that the buyer read; the price is always the listing's."""

    listing_id: ListingId
    revision: Version
    quantity: Quantity


class WebhookEventRequest(RequestModel):
    """An event from the payment provider. Fields that the provider adds later are ignored.

    captured_at: when the provider captured the payment, which decides whether it is late; required for `payment.captured`.
    refund_id: the provider's refund; required for `refund.succeeded`.
    refund_reference: what we gave the provider with the refund; null for a refund that was made at the provider. Required for
        `refund.failed`.
    """

    model_config = ConfigDict(extra="ignore", defer_build=True)

    event_id: ProviderText
    type: ProviderText
    payment_id: PaymentId
    reference: PaymentReference
    amount: Annotated[int, Field(ge=1, le=10**11)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    captured_at: RequestMoment | None = None
    refund_id: ProviderText | None = None
    refund_reference: RefundReference | None = None

    def to_event(self) -> WebhookEvent:
        money = Money(self.amount, self.currency)
        refund = (self.refund_id or "", self.refund_reference or "")
        return WebhookEvent(self.type, self.payment_id, self.reference, money, self.captured_at, *refund)


class Disclosure(ResponseModel):
    """Who is responsible for a sale, in both languages."""

    en: str
    zh_cn: str


class RemovalResponse(ResponseModel):
    """Why and when a moderator removed a listing. Its seller can appeal in the case, by `/me/take-downs`."""

    reason: str
    removed_at: Moment
    case_id: str

    @classmethod
    def of(cls, listing_id: str, removal: Removal) -> RemovalResponse:
        case_id = removal_case_id(listing_id, millis(removal.at))
        return cls(reason=removal.reason, removed_at=removal.at, case_id=case_id)


class ListingResponse(ResponseModel):
    """A listing. The buyer must read the `disclosure` before paying.

    Of others you get only what you can buy; your own has `on_sale` as you set it. `removal` is null unless a moderator has
    removed it, `violation` unless the platform has taken it down: then it is off sale.
    """

    listing_id: str
    circle_id: str
    seller_id: str
    kind: ListingKind
    title: str
    amount: int
    currency: str
    stock: int
    revision: int
    on_sale: bool
    removal: RemovalResponse | None
    violation: TakeDownReason
    created_at: Moment
    disclosure: Disclosure
    etag: str

    @classmethod
    def of(cls, listing: Listing) -> ListingResponse:
        en, zh_cn = listing.terms.disclosure
        removal = listing.active_removal
        return cls(
            listing_id=listing.id,
            circle_id=listing.circle_id,
            seller_id=listing.seller_id,
            kind=listing.kind,
            title=listing.title,
            amount=listing.price.amount,
            currency=listing.price.currency,
            stock=listing.stock,
            revision=listing.revision,
            on_sale=listing.on_sale,
            removal=RemovalResponse.of(listing.id, removal) if removal else None,
            violation=ViolationResponse.of(listing.take_downs.violation),
            created_at=listing.created_at,
            disclosure=Disclosure(en=en, zh_cn=zh_cn),
            etag=str(listing.revision),
        )


class OrderResponse(ResponseModel):
    """An order. `due_at` is when it moves to its next state without an action; null if it does not.

    `refunded_amount` is what the provider has refunded of the payment that paid the order.
    """

    order_id: str
    circle_id: str
    listing_id: str
    title: str
    kind: ListingKind
    buyer_id: str
    seller_id: str
    quantity: int
    unit_amount: int
    total_amount: int
    refunded_amount: int
    currency: str
    state: OrderState
    due_at: Moment | None
    created_at: Moment

    @classmethod
    def of(cls, order: Order, now: datetime) -> OrderResponse:
        """A reservation that is due is returned as expired, even if the schedule has not moved it yet."""
        return cls(
            order_id=order.id,
            circle_id=order.circle_id,
            listing_id=order.listing_id,
            title=order.title,
            kind=order.kind,
            buyer_id=order.buyer_id,
            seller_id=order.seller_id,
            quantity=order.quantity,
            unit_amount=order.unit_price.amount,
            total_amount=order.total.amount,
            refunded_amount=order.refunded,
            currency=order.total.currency,
            state=order.state_at(now),
            due_at=order.due_at,
            created_at=order.created_at,
        )


class UserOrdersQuery(GrantQuery):
    """Which orders of a user to list."""

    side: Literal["bought", "sold"] = "bought"


class StaffOrderResponse(OrderResponse):
    """An order as staff see it: also who owns the circle, and whether a payment waits to go back.

    It has neither an address nor what identifies the payment at the provider.
    """

    owner_id: str
    has_unapplied_payments: bool

    @classmethod
    def of_staff(cls, order: Order, now: datetime) -> StaffOrderResponse:
        of_parties = OrderResponse.of(order, now).model_dump()
        return cls(**of_parties, owner_id=order.owner_id, has_unapplied_payments=order.has_unapplied_payments)


class PaymentResponse(ResponseModel):
    """The page where the buyer pays. Only the provider's webhook, never the client, marks the order paid."""

    payment_id: str
    pay_url: str

    @classmethod
    def of(cls, payment: Payment) -> PaymentResponse:
        return cls(payment_id=payment.id, pay_url=payment.pay_url)


class LedgerAccountResponse(ResponseModel):
    """A ledger account. A debit balance is positive; all balances of a currency sum to zero."""

    ledger_account: str
    currency: str
    balance: int

    @classmethod
    def of(cls, balance: Balance) -> LedgerAccountResponse:
        return cls.model_validate(balance, from_attributes=True)
