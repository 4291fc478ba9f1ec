"""The events of the payment provider, each handled by the use case of what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from services.commerce.domain.money import Money
from services.commerce.usecases.money import WebhookEvent
from services.commerce.usecases.payments import handle_webhook_event
from services.commerce.usecases.payout_accounts import refresh_payout_account
from services.commerce.usecases.payouts import FAILED, SUCCEEDED, record_payout_result
from services.commerce.usecases.ports import Ports


@dataclass(frozen=True, slots=True)
class PayoutEvent:
    """The result of a payout. reference: what we gave the provider with it."""

    type: str
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PayeeEvent:
    """The account of a payee has changed at the provider."""

    account_id: str


ProviderEvent = WebhookEvent | PayoutEvent | PayeeEvent


def handle_provider_event(ports: Ports, event: ProviderEvent | None) -> None:
    """Apply an event of the provider. Unchanged for one of a type that we do not know, and if it was applied before.

    Raises: Invalid (a field that the type needs is missing), Unavailable.
    """
    match event:
        case WebhookEvent():
            handle_webhook_event(ports, event)
        case PayoutEvent(type, reference, amount) if type in (SUCCEEDED, FAILED):
            record_payout_result(ports, type, reference, amount)
        case PayeeEvent(account_id):
            refresh_payout_account(ports, account_id)
