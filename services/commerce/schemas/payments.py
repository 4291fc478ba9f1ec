"""Payments: the page where a buyer pays, and the events of the provider."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from services.commerce.adapters.payments import PAYMENT_ID_PATTERN, PaymentPage
from services.commerce.domain.money import Money
from services.commerce.domain.order_line import MAX_LINES
from services.commerce.usecases import PayeeEvent, PayoutEvent, ProviderEvent, WebhookEvent
from services.shared.http.schemas import OrderId, RequestModel, RequestMoment, ResponseModel
from services.shared.kernel.errors import FieldError, Invalid, ValueInvalid
from services.shared.kernel.ids import PATTERNS, USER_PATTERN

ORDER_REFERENCE = f"^{USER_PATTERN}/{PATTERNS['order_id']}$"
Reference = Annotated[str, StringConstraints(pattern=f"^{USER_PATTERN}/({PATTERNS['order_id']}|{PATTERNS['payout_id']})$")]
PaymentId = Annotated[str, StringConstraints(pattern=f"^{PAYMENT_ID_PATTERN}$")]
ProviderText = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
RefundReference = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


def require_distinct_orders(order_ids: list[str]) -> list[str]:
    if len(set(order_ids)) < len(order_ids):
        raise ValueInvalid("must-be-once")
    return order_ids


class WebhookEventRequest(RequestModel):
    """An event from the payment provider. Fields that the provider adds later, and types that it adds, are ignored.

    An event of a payment, refund or chargeback needs payment, reference, amount and currency, that of a payout all but the
    payment, and `account.updated` the account.

    captured_at: when the provider captured the payment, which decides whether it is late; required for `payment.captured`.
    refund_id: the provider's refund; required for `refund.succeeded`.
    refund_reference: what we gave the provider with the refund; null for a refund that was made at the provider. Required for
        `refund.failed`.
    chargeback_id: the provider's chargeback; required for events of chargebacks.
    payer: the provider's name of the payer, the same in each of their payments; null if the provider does not say.
    """

    model_config = ConfigDict(extra="ignore", defer_build=True)

    event_id: ProviderText
    type: ProviderText
    payment_id: PaymentId | None = None
    account_id: PaymentId | None = None
    reference: Reference | None = None
    amount: Annotated[int, Field(ge=1, le=10**11)] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    captured_at: RequestMoment | None = None
    refund_id: ProviderText | None = None
    refund_reference: RefundReference | None = None
    chargeback_id: ProviderText | None = None
    payer: ProviderText | None = None

    def to_event(self) -> ProviderEvent | None:
        """Return the event by its type; None for a type that we do not know. Raises: Invalid (a field is missing)."""
        match self.type.partition(".")[0]:
            case "payment" | "refund" | "chargeback":
                self._require("payment_id", "reference", "amount", "currency")
                if not re.fullmatch(ORDER_REFERENCE, self.reference or ""):
                    raise Invalid(fields=(FieldError("/reference", "format-invalid"),))
                more = (self.refund_id or "", self.refund_reference or "", self.chargeback_id or "", self.payer or "")
                about = (self.type, self.payment_id or "", self.reference or "", self._money)
                return WebhookEvent(*about, self.captured_at, *more)
            case "payout":
                self._require("reference", "amount", "currency")
                return PayoutEvent(self.type, self.reference or "", self._money)
            case "account":
                self._require("account_id")
                return PayeeEvent(self.account_id or "")
        return None

    @property
    def _money(self) -> Money:
        return Money(self.amount or 0, self.currency or "")

    def _require(self, *names: str) -> None:
        """Raises: Invalid."""
        missing = tuple(FieldError(f"/{name}", "required") for name in names if getattr(self, name) is None)
        if missing:
            raise Invalid(fields=missing)


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
