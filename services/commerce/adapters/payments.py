"""The port to the payment provider: its requests, and the signature of its webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
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
class Payment:
    """A payment that the buyer completes at the provider's page."""

    id: str
    pay_url: str


class AccountState(StrEnum):
    """What a payee's account at the provider can do: `verified` ones are paid, `pending` and `restricted` ones are not."""

    PENDING = "pending"
    VERIFIED = "verified"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """The account of a payee. currently_due: the names of what the provider needs from the payee, such as a document."""

    id: str
    state: AccountState
    currently_due: tuple[str, ...] = ()


class MovementKind(StrEnum):
    """Why money moved at the provider. A chargeback takes it when it is opened; `chargeback_reversal` is one that was won."""

    CAPTURE = "capture"
    REFUND = "refund"
    PAYOUT = "payout"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSAL = "chargeback_reversal"


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came in or went out.

    id: of the payment, refund, payout or chargeback. payment_id: empty for a payout.
    reference: of the payment, `<buyer>/<order>`; of a payout, what we gave with it.
    """

    kind: MovementKind
    id: str
    payment_id: str
    reference: str
    amount: Money
    at: datetime

    @property
    def cash_change(self) -> int:
        """How the movement changes what the provider holds for us."""
        is_in = self.kind in (MovementKind.CAPTURE, MovementKind.CHARGEBACK_REVERSAL)
        return self.amount.amount if is_in else -self.amount.amount


@dataclass(frozen=True, slots=True)
class MovementPage:
    """A part of the movements of a day, the earliest first. next_cursor: of the next page; empty on the last one."""

    movements: tuple[Movement, ...]
    next_cursor: str = ""


class PaymentProvider(Protocol):
    def start(self, reference: str, amount: Money) -> Payment:
        """Return the payment for `reference`: a new one, or the one started for it before."""
        ...

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        """Request a refund of a captured payment. The refund's events have the reference, and a repeat of it refunds once."""
        ...

    def pay_out(self, account_id: str, amount: Money, reference: str) -> None:
        """Request a payout to a payee. Its events have the reference, and a repeat of it pays once."""
        ...

    def get_account(self, account_id: str) -> ProviderAccount:
        """Return the account of a payee as it is now. Denied for an unknown account."""
        ...

    def list_movements(self, day: date, cursor: str = "") -> MovementPage:
        """Return a page of what moved on a day in UTC. cursor: of the page before; empty for the first page."""
        ...


class ProviderFailed(Exception):
    """The provider returned an error or nothing. The request can be repeated with the same key."""


class ProviderDenied(ProviderFailed):
    """The provider understood the request and denied it, so nothing moved. A repeat without another state is denied too."""


@dataclass(frozen=True, slots=True)
class HttpPaymentProvider:
    """The provider's HTTP API.

    Every request has an idempotency key derived from what it is about, so a retry after a lost response has no effect.
    """

    endpoint: str
    http: urllib3.PoolManager

    def start(self, reference: str, amount: Money) -> Payment:
        body = {"reference": reference, "amount": amount.amount, "currency": amount.currency}
        match self._post("/payments", body, f"start {reference}"):
            case {"payment_id": str(payment_id), "pay_url": str(pay_url)} if re.fullmatch(PAYMENT_ID_PATTERN, payment_id):
                with suppress(ValueError):
                    address = urljoin(self.endpoint, pay_url)
                    if re.fullmatch(URL_PATTERN, address):
                        return Payment(payment_id, address)
        raise ProviderFailed("the payment provider returned no payment")

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        body = {"amount": amount.amount, "currency": amount.currency, "reference": reference}
        self._post(f"/payments/{payment_id}/refunds", body, f"refund {reference}")

    def pay_out(self, account_id: str, amount: Money, reference: str) -> None:
        raise ProviderFailed("stand-in")

    def get_account(self, account_id: str) -> ProviderAccount:
        raise ProviderFailed("stand-in")

    def list_movements(self, day: date, cursor: str = "") -> MovementPage:
        raise ProviderFailed("stand-in")

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
