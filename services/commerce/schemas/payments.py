"""Payments: the page where a buyer pays, and the events of the provider."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from services.commerce.adapters.payments import PAYMENT_ID_PATTERN, PaymentPage
from services.commerce.domain.money import Money
from services.commerce.domain.order_line import MAX_LINES
from services.commerce.usecases import WebhookEvent
from services.shared.http.schemas import RequestModel, RequestMoment, ResponseModel
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.ids import PATTERNS, USER_PATTERN

PaymentReference = Annotated[str, StringConstraints(pattern=f"^{USER_PATTERN}/{PATTERNS['order_id']}$")]
OrderId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['order_id']}$")]
PaymentId = Annotated[str, StringConstraints(pattern=f"^{PAYMENT_ID_PATTERN}$")]
ProviderText = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
RefundReference = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


def require_distinct_orders(order_ids: list[str]) -> list[str]:
    if len(set(order_ids)) < len(order_ids):
        raise ValueInvalid("must-be-once")
    return order_ids


class WebhookEventRequest(RequestModel):
    """An event from the payment provider. Fields that the provider adds later are ignored.

    captured_at: when the provider captured the payment, which decides whether it is late; required for `payment.captured`.
    refund_id: the provider's refund; required for `refund.succeeded`.
    refund_reference: what we gave the provider with the refund; null for a refund that was made at the provider. Required for
        `refund.failed`.
    chargeback_id: the provider's chargeback; required for events of chargebacks.
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
    chargeback_id: ProviderText | None = None

    def to_event(self) -> WebhookEvent:
        money = Money(self.amount, self.currency)
        more = (self.refund_id or "", self.refund_reference or "", self.chargeback_id or "")
        return WebhookEvent(self.type, self.payment_id, self.reference, money, self.captured_at, *more)


class PaymentsRequest(RequestModel):
    """The orders of a circle that the buyer pays on one page, each once."""

    order_ids: Annotated[list[OrderId], Field(min_length=1, max_length=MAX_LINES), AfterValidator(require_distinct_orders)]


class PaymentPartResponse(ResponseModel):
    """The payment of one order."""

    order_id: str
    payment_id: str


class PaymentResponse(ResponseModel):
    """The page where the buyer pays all orders at once. Each has a payment of its own.

    Only the provider's webhook, never the client, marks an order paid.
    """

    pay_url: str
    payments: list[PaymentPartResponse]

    @classmethod
    def of(cls, page: PaymentPage) -> PaymentResponse:
        parts = [(reference.partition("/")[2], payment_id) for reference, payment_id in page.payments.items()]
        payments = [PaymentPartResponse(order_id=order_id, payment_id=payment_id) for order_id, payment_id in parts]
        return cls(pay_url=page.pay_url, payments=payments)
