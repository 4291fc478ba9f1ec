"""What the provider's webhook reports of payments, repeated and in any order: captures, refunds, chargebacks and failures.

Each capture, refund and chargeback is one ledger entry, in one transaction with the order and the payment that it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.commerce.adapters.payments import is_signature_valid
from services.commerce.domain import Order
from services.commerce.errors import SignatureInvalid
from services.commerce.usecases.captures import record_capture, record_failed_payment
from services.commerce.usecases.chargebacks import record_chargeback
from services.commerce.usecases.money import WebhookEvent
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.refunds import record_failed_refund, record_refund
from services.shared.table.versioned import retry_on_write_conflict

Handler = Callable[[Ports, WebhookEvent], Order | None]
HANDLERS: dict[str, Handler] = {
    "payment.captured": record_capture,
    "payment.failed": record_failed_payment,
    "refund.succeeded": record_refund,
    "refund.failed": record_failed_refund,
    "chargeback.opened": record_chargeback,
    "chargeback.won": record_chargeback,
    "chargeback.lost": record_chargeback,
}


def require_valid_signature(ports: Ports, header: str, raw: bytes) -> None:
    """Require that the provider signed exactly these bytes, close enough to now.

    Nothing else protects the webhook.
    Raises: SignatureInvalid.
    """
    if not is_signature_valid(header, ports.webhook_keys.newest_first(), raw, ports.clock()):
        raise SignatureInvalid


def handle_webhook_event(ports: Ports, event: WebhookEvent) -> Order | None:
    """Apply a webhook event and return its order; None for an unknown order, or for a type that we do not handle.

    Unchanged if the event was applied before. Money that no order keeps is an UnappliedPayment, and the schedule requests its
    refund: so no event of a known type is denied because of the state of its order.

    Cost of a capture: 12 write units (6 for the transaction and its index, 6 for the balances) and 1 read unit.
    Cost: 5 write units and 1 read unit.
    Raises: Invalid (a field that the type needs is missing, or the time of capture is not possible).
    """
    record = HANDLERS.get(event.type)
    return retry_on_write_conflict(partial(record, ports, event)) if record else None
