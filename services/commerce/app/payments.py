"""Routes about payments: where a buyer pays, and the webhook of the provider."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.shared.http.routes import RawBody
from services.shared.kernel.errors import Invalid, Unavailable
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

WEBHOOK = (errors.SignatureInvalid, Invalid, Unavailable)
PAYING = (errors.OrderStateConflict, errors.MembershipEnded, errors.AddressMissing)


@api.post("/orders/{order_id}/payment", kind=ActionKind.PARTICIPATE, raises=PAYING)
def start_payment(caller: Caller, order_id: str) -> schemas.PaymentResponse:
    """Start the payment of an order and get the address of the page where you pay."""
    return schemas.PaymentResponse.of(usecases.start_payment(wiring.ports(), caller, order_id))


@api.post("/circles/{circle_id}/payments", kind=ActionKind.PARTICIPATE, raises=PAYING)
def start_payments(caller: Caller, circle_id: str, body: schemas.PaymentsRequest) -> schemas.PaymentResponse:
    """Start the payments of several orders of a circle and get the address of the one page where you pay them."""
    return schemas.PaymentResponse.of(usecases.start_payments(wiring.ports(), caller, circle_id, body.order_ids))


@api.post("/payment-events", raw_model=schemas.WebhookEventRequest, raises=WEBHOOK)
def handle_webhook_event(raw: RawBody) -> None:
    """Receive an event from the payment provider, signed over the raw bytes of the body."""
    ports = wiring.ports()
    # The signature is checked before the body is parsed: an unsigned body must reach no other code.
    usecases.require_valid_signature(ports, raw.headers.get("provider-signature", ""), raw.data)
    usecases.handle_provider_event(ports, raw.parse(schemas.WebhookEventRequest).to_event())
