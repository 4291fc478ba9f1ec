"""The port to a payment provider: what we ask of it, what it tells us, and how its word is checked."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urljoin

import urllib3

from services.commerce.domain.money import Money

TOLERANCE = timedelta(minutes=5)
TIMEOUT = urllib3.Timeout(connect=1, read=3)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment that the buyer completes at the provider's page."""

    id: str
    pay_url: str


class Payments(Protocol):
    def start(self, reference: str, amount: Money) -> Payment:
        """A payment for `reference`; the same reference is the same payment."""
        ...

    def refund(self, payment_id: str, amount: Money) -> None:
        """Give a captured payment back in whole; twice is once."""
        ...


class ProviderFailed(Exception):
    """The provider did not do what was asked, or did not answer: ask again with the same key."""


@dataclass(frozen=True, slots=True)
class HttpPayments:
    """Over the provider's HTTP API. Each request carries a key, so that a repeat after a lost answer does nothing twice."""

    endpoint: str
    http: urllib3.PoolManager

    def start(self, reference: str, amount: Money) -> Payment:
        body = {"reference": reference, "amount": amount.amount, "currency": amount.currency}
        answer = self._post("/payments", body, f"start {reference}")
        return Payment(answer["payment_id"], urljoin(self.endpoint, answer["pay_url"]))

    def refund(self, payment_id: str, amount: Money) -> None:
        body = {"amount": amount.amount, "currency": amount.currency}
        self._post(f"/payments/{payment_id}/refunds", body, f"refund {payment_id}")

    def _post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        headers = {"content-type": "application/json", "idempotency-key": hashlib.sha256(key.encode()).hexdigest()}
        try:
            answer = self.http.request(
                "POST", self.endpoint + path, body=json.dumps(body).encode(), headers=headers, timeout=TIMEOUT, retries=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise ProviderFailed("the payment provider did not answer") from error
        if answer.status >= 300:
            raise ProviderFailed(f"the payment provider answered {answer.status}")
        try:
            parsed: dict[str, Any] = answer.json()
        except ValueError as error:
            raise ProviderFailed("the payment provider answered no JSON") from error
        return parsed


def sign(secret: bytes, raw: bytes, at: datetime) -> str:
    """A webhook's signature header: `t=<seconds>,v1=<hex>` over the time and the raw bytes."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(secret, seconds, raw)}"


def is_signed(header: str, secrets: list[bytes], raw: bytes, now: datetime) -> bool:
    """Whether a signature holds under any of our secrets and is not older (or newer) than five minutes."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    seconds, given = parts.get("t", ""), parts.get("v1", "")
    if not (seconds.isascii() and seconds.isdigit()) or len(seconds) > 12 or not given.isascii():
        return False
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        return False
    return any(hmac.compare_digest(_mac(secret, int(seconds), raw), given) for secret in secrets)


def _mac(secret: bytes, seconds: int, raw: bytes) -> str:
    return hmac.new(secret, f"{seconds}.".encode() + raw, hashlib.sha256).hexdigest()
