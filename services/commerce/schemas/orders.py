"""Orders, as buyers, sellers and staff see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from services.commerce.domain import ListingKind, Order, OrderState
from services.commerce.settings import settings
from services.shared.http.schemas import GrantQuery, ListingId, RequestModel, ResponseModel, Version
from services.shared.kernel.limits import at_most
from services.shared.kernel.moments import Moment

Quantity = Annotated[int, Field(ge=1, le=100), at_most(lambda: settings().max_quantity)]


class OrderRequest(RequestModel):
    """A new order. `revision` is the listing's revision that the buyer read; the price is always the listing's."""

    listing_id: ListingId
    revision: Version
    quantity: Quantity


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
