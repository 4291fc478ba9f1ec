"""The port to the payment provider: its requests, and the signature of its webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urljoin

import urllib3

from services.commerce.domain.money import Money
from services.commerce.settings import settings

PAYMENT_ID_PATTERN = "[A-Za-z0-9_-]{4,64}"
URL_PATTERN = r"https?://[\x21-\x7e]{1,2000}"
MAX_TIMES, MAX_SIGNATURES = 4, 16  # of one header: a time costs a hash of the body, a signature a comparison
TIMEOUT = urllib3.Timeout(connect=1, read=3)


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """What a buyer pays for one order. reference: of the order, which the events of its payment repeat."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """The provider's page on which the buyer pays all parts at once. payments: the id of each part's payment, by reference."""

    pay_url: str
    payments: Mapping[str, str]


class PaymentProvider(Protocol):
    def start(self, parts: Sequence[PaymentPart]) -> PaymentPage:
        """Return the page for these parts: a new one, or the one started for the same references before."""
        ...

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        """Request a refund of a captured payment. The refund's events have the reference, and a repeat of it refunds once."""
        ...


class ProviderFailed(Exception):
    """The provider returned an error or nothing. The request can be repeated with the same key."""


@dataclass(frozen=True, slots=True)
class HttpPaymentProvider:
    """The provider's HTTP API.

    Every request has an idempotency key derived from what it is about, so a retry after a lost response has no effect.
    """

    endpoint: str
    http: urllib3.PoolManager

    def start(self, parts: Sequence[PaymentPart]) -> PaymentPage:
        parts = sorted(parts, key=lambda part: part.reference)  # the order of the request does not matter
        wanted = [part.reference for part in parts]
        body = {"parts": [{"reference": part.reference, **asdict(part.amount)} for part in parts]}
        match self._post("/payments", body, f"start {' '.join(wanted)}"):
            case {"pay_url": str(pay_url), "payments": dict(payments)} if _are_payments(payments, wanted):
                with suppress(ValueError):
                    address = urljoin(self.endpoint, pay_url)
                    if re.fullmatch(URL_PATTERN, address):
                        return PaymentPage(address, payments)
        raise ProviderFailed("the payment provider returned no payments")

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        body = {"amount": amount.amount, "currency": amount.currency, "reference": reference}
        self._post(f"/payments/{payment_id}/refunds", body, f"refund {reference}")

    def _post(self, path: str, body: dict[str, Any], key: str) -> Any:
        headers = {"content-type": "application/json", "idempotency-key": hashlib.sha256(key.encode()).hexdigest()}
        try:
            response = self.http.request(
                "POST", self.endpoint + path, body=json.dumps(body).encode(), headers=headers, timeout=TIMEOUT, retries=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise ProviderFailed("the payment provider did not respond") from error
        if response.status >= 300:
            raise ProviderFailed(f"the payment provider returned {response.status}")
        try:
            return response.json()
        except (ValueError, RecursionError) as error:
            raise ProviderFailed("the payment provider's response is not JSON") from error


def _are_payments(payments: Mapping[object, object], references: Collection[str]) -> bool:
    """Whether these are payment ids, exactly one for each reference."""
    ids = [payment for payment in payments.values() if isinstance(payment, str) and re.fullmatch(PAYMENT_ID_PATTERN, payment)]
    return set(payments) == set(references) and len(set(ids)) == len(payments)


def sign_webhook(secret: bytes, raw: bytes, at: datetime) -> str:
    """Return the signature header of a webhook, `t=<seconds>,v1=<hex>`, over the time and the raw bytes."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(secret, seconds, raw)}"


def is_signature_valid(header: str, secrets: list[bytes], raw: bytes, now: datetime) -> bool:
    """Whether one of our secrets signed these bytes, close enough to `now`.

    One valid signature of several is enough: while the provider changes its secret, it signs with both. A proxy can join
    repeated headers with a comma, so the times and the signatures are in any order. The first 4 and 16 of them are read.
    """
    parts = [part.strip().partition("=")[::2] for part in header.split(",")]
    times = [value for name, value in parts if name == "t"][:MAX_TIMES]
    macs = [value for name, value in parts if name == "v1" and value.isascii()][:MAX_SIGNATURES]
    signed_at = {int(seconds) for seconds in times if _is_current(seconds, now)}
    valid = [_mac(secret, seconds, raw) for secret in secrets for seconds in signed_at]
    return any(hmac.compare_digest(mac, own) for mac in macs for own in valid)  # raises for text outside ASCII


def _is_current(seconds: str, now: datetime) -> bool:
    # int() accepts other digits and very long numbers.
    if not (seconds.isascii() and seconds.isdigit()) or len(seconds) > 12:
        return False
    # A copied request cannot be replayed later; clocks may differ a little.
    return abs(now.timestamp() - int(seconds)) <= settings().webhook_tolerance.total_seconds()


def _mac(secret: bytes, seconds: int, raw: bytes) -> str:
    return hmac.new(secret, f"{seconds}.".encode() + raw, hashlib.sha256).hexdigest()
