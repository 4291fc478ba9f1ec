"""Payments: the page where a buyer pays, and the events of the provider."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from services.commerce.adapters.payments import PAYMENT_ID_PATTERN, Payment
from services.commerce.domain.money import Money
from services.commerce.usecases import WebhookEvent
from services.shared.http.schemas import RequestModel, RequestMoment, ResponseModel
from services.shared.kernel.ids import PATTERNS, USER_PATTERN

PaymentReference = Annotated[str, StringConstraints(pattern=f"^{USER_PATTERN}/{PATTERNS['order_id']}$")]
PaymentId = Annotated[str, StringConstraints(pattern=f"^{PAYMENT_ID_PATTERN}$")]
ProviderText = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
RefundReference = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


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


class PaymentResponse(ResponseModel):
    """The page where the buyer pays. Only the provider's webhook, never the client, marks the order paid."""

    payment_id: str
    pay_url: str

    @classmethod
    def of(cls, payment: Payment) -> PaymentResponse:
        return cls(payment_id=payment.id, pay_url=payment.pay_url)
