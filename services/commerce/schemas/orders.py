"""Orders, as buyers, sellers and staff see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from services.commerce.domain import ListingKind, Order, OrderLine, OrderState, RefundReason
from services.commerce.domain.order_line import MAX_LINES
from services.commerce.schemas.addresses import AddressId
from services.commerce.schemas.listings import ProtectionResponse
from services.commerce.schemas.refunds import OpenRefundResponse
from services.commerce.schemas.shipping import ShipmentResponse
from services.commerce.settings import settings
from services.shared.http.schemas import CouponId, GrantQuery, ListingId, OptionId, RequestModel, ResponseModel, Version
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.limits import at_most
from services.shared.kernel.moments import Moment

DeviceId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{0,64}$")]
Quantity = Annotated[int, Field(ge=1, le=100), at_most(lambda: settings().max_quantity)]


class OrderLineRequest(RequestModel):
    """Units of one listing, or of one option of it. The price is always the listing's.

    `revision` is the listing's revision that the buyer read.
    """

    listing_id: ListingId
    option_id: OptionId = ""
    revision: Version
    quantity: Quantity


class OrderRequest(OrderLineRequest):
    """An order of one listing, with the id of an address of the buyer; without one the buyer chooses it before paying.

    `coupon_id` is of a coupon that the buyer has claimed. `device_id` is a random id that the app made for this device.
    """

    address_id: AddressId | None = None
    coupon_id: CouponId | None = None
    device_id: DeviceId = ""


def require_distinct_lines(lines: list[OrderLineRequest]) -> list[OrderLineRequest]:
    if len({(line.listing_id, line.option_id) for line in lines}) < len(lines):
        raise ValueInvalid("must-be-once")
    return lines


def require_distinct(ids: list[str]) -> list[str]:
    if len(set(ids)) < len(ids):
        raise ValueInvalid("must-be-once")
    return ids


class CheckoutRequest(RequestModel):
    """What the buyer orders of a circle, each option of a listing once. The prices are always those of the listings.

    Every order gets a copy of the address; without one the buyer chooses it for each order before paying.
    `coupon_ids` are coupons that the buyer has claimed. Each is for the first order that it fits and that has none.
    `device_id` is a random id that the app made for this device.
    """

    lines: Annotated[list[OrderLineRequest], Field(min_length=1, max_length=MAX_LINES), AfterValidator(require_distinct_lines)]
    address_id: AddressId | None = None
    coupon_ids: Annotated[list[CouponId], Field(max_length=MAX_LINES), AfterValidator(require_distinct)] = Field(
        default_factory=list
    )
    device_id: DeviceId = ""


class OrderLineResponse(ResponseModel):
    """Units of a listing in an order, as the buyer agreed to them. Without options, option id and name are empty."""

    listing_id: str
    option_id: str
    title: str
    option_name: str
    quantity: int
    unit_amount: int
    discount_amount: int
    returning_quantity: int
    returned_quantity: int

    @classmethod
    def of(cls, line: OrderLine, discount: int) -> OrderLineResponse:
        return cls(
            listing_id=line.listing_id,
            option_id=line.option_id,
            title=line.title,
            option_name=line.option_name,
            quantity=line.quantity,
            unit_amount=line.unit_price.amount,
            discount_amount=discount,
            returning_quantity=line.returning,
            returned_quantity=line.returned,
        )


class OrderResponse(ResponseModel):
    """An order of 1 to 20 lines of one seller.

    `due_at` is when it moves to its next state without an action; null if it does not.

    `refunded_amount` is what the provider has refunded of the payment that paid the order, `open_refunds` what is requested of
    it, and `refundable_amount` what can still be requested.

    `is_frozen`: a dispute or a return is open, so it is not received by itself. `protection`: as its terms were agreed to.
    """

    order_id: str
    circle_id: str
    kind: ListingKind
    buyer_id: str
    seller_id: str
    lines: list[OrderLineResponse]
    discount_amount: int
    coupon_id: str | None
    total_amount: int
    refunded_amount: int
    refundable_amount: int
    open_refunds: list[OpenRefundResponse]
    currency: str
    state: OrderState
    has_address: bool
    due_at: Moment | None
    ships_by: Moment | None
    cancel_reason: RefundReason | None
    shipment: ShipmentResponse | None
    is_frozen: bool
    return_days: int
    returnable_until: Moment | None
    protection: ProtectionResponse
    created_at: Moment

    @classmethod
    def of(cls, order: Order, now: datetime) -> OrderResponse:
        """An order that is due before it is shipped has its next state, even if the schedule has not moved it yet."""
        return cls(
            order_id=order.id,
            circle_id=order.circle_id,
            kind=order.kind,
            buyer_id=order.buyer_id,
            seller_id=order.seller_id,
            lines=list(map(OrderLineResponse.of, order.lines, order.line_discounts)),
            discount_amount=order.discount,
            coupon_id=order.coupon_id or None,
            total_amount=order.total.amount,
            refunded_amount=order.refunded,
            refundable_amount=order.refundable.amount,
            open_refunds=list(map(OpenRefundResponse.of, order.refunds.requests)),
            currency=order.total.currency,
            state=order.state_at(now),
            has_address=order.has_address,
            due_at=order.due_at,
            ships_by=order.ships_by,
            cancel_reason=order.cancel_reason,
            shipment=ShipmentResponse.of(order.shipment) if order.shipment else None,
            is_frozen=order.is_frozen,
            return_days=order.return_days,
            returnable_until=order.returnable_until,
            protection=ProtectionResponse.of(order.protection),
            created_at=order.created_at,
        )


class CheckoutResponse(ResponseModel):
    """The orders of a checkout: one per seller and kind of listing, in the order of the lines."""

    orders: list[OrderResponse]


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
