"""The payment provider: the port, the adapter to an HTTP API, the guard of what moves money, and the webhook's signature."""

from services.commerce.adapters.payments.guard import GuardedPaymentProvider
from services.commerce.adapters.payments.http import HttpPaymentProvider
from services.commerce.adapters.payments.port import (
    PAYMENT_ID_PATTERN,
    AccountState,
    Movement,
    MovementKind,
    MovementPage,
    Payment,
    PaymentPage,
    PaymentPart,
    PaymentProvider,
    ProviderAccount,
    ProviderDenied,
    ProviderFailed,
)
from services.commerce.adapters.payments.signatures import MAX_SIGNATURES, MAX_TIMES, is_signature_valid, sign_webhook
