"""Refunds that a seller gives, and those that are requested and not made yet."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.commerce.domain import RefundReason, RefundRequest
from services.commerce.schemas.listings import Currency
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment


class RefundOrderRequest(RequestModel):
    """A refund of a part of an order, or of the rest of it."""

    amount: Annotated[int, Field(ge=1, le=10**11)]
    currency: Currency


class OpenRefundResponse(ResponseModel):
    """A refund that is requested at the provider and not made yet."""

    amount: int
    reason: RefundReason
    requested_at: Moment

    @classmethod
    def of(cls, request: RefundRequest) -> OpenRefundResponse:
        return cls(amount=request.amount, reason=request.reason, requested_at=request.requested_at)
