"""The adapter to a provider's HTTP API, which the sandbox of the laptop speaks."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import urllib3

from services.commerce.adapters.payments.port import (
    MAX_PARTS,
    PAYMENT_ID_PATTERN,
    AccountState,
    Movement,
    MovementKind,
    MovementPage,
    PaymentPage,
    PaymentPart,
    ProviderAccount,
    ProviderDenied,
    ProviderFailed,
)
from services.commerce.domain.money import Money
from services.commerce.settings import offered_methods, settings
from services.shared.kernel.clock import from_rfc3339

URL_PATTERN = r"https?://[\x21-\x7e]{1,2000}"
TEXT_PATTERN = r"[\x21-\x7e]{1,200}"
TIMEOUT = urllib3.Timeout(connect=1, read=3)
MAX_SECONDS = 5  # of a whole response body: each read has its own timeout, so a slow sender could extend them forever
MAX_BYTES = 512 * 1024
MAX_DUE, MAX_MOVEMENTS = 50, 1000  # of one response
CHUNK = 16 * 1024
# Statuses that say nothing about the request itself: a later repeat can succeed.
RETRYABLE = frozenset({401, 403, 408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class HttpPaymentProvider:
    """The provider's HTTP API.

    A request that changes something has an idempotency key derived from all that it asks for: a retry after a lost response
    has no effect.
    """

    endpoint: str
    http: urllib3.PoolManager

    def start(self, parts: Sequence[PaymentPart]) -> PaymentPage:
        if not 0 < len({part.reference for part in parts}) == len(parts) <= MAX_PARTS:
            raise ValueError(f"a page has 1 to {MAX_PARTS} parts, each with its own reference")
        of_each = [{"reference": each.reference, **_money(each.amount)} for each in parts]
        body = {
            "parts": sorted(of_each, key=lambda part: str(part["reference"])),
            "methods": offered_methods(),
            "lifetime_seconds": int(settings().reservation_lifetime.total_seconds()),
        }
        match self._post("/pages", body):
            case {"pay_url": str(pay_url), "payments": dict(payments)}:
                if set(payments) == {part.reference for part in parts} and all(map(_is_id, payments.values())):
                    return PaymentPage(self._address(pay_url), payments)
        raise ProviderFailed("the payment provider returned no page for these references")

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        self._post(f"/payments/{quote(payment_id, safe='')}/refunds", {**_money(amount), "reference": reference})

    def pay_out(self, account_id: str, amount: Money, reference: str) -> None:
        self._post("/payouts", {"account_id": account_id, **_money(amount), "reference": reference})

    def get_account(self, account_id: str) -> ProviderAccount:
        match self._request("GET", f"/accounts/{quote(account_id, safe='')}"):
            case {"account_id": str(name), "state": str(state), "currently_due": list(due)} if name == account_id:
                if state in set(AccountState) and len(due) <= MAX_DUE and all(map(_is_text, due)):
                    return ProviderAccount(account_id, AccountState(state), tuple(due))
        raise ProviderFailed("the payment provider returned no account")

    def list_movements(self, day: date, cursor: str = "") -> MovementPage:
        query = {"day": day.isoformat(), **({"cursor": cursor} if cursor else {})}
        match self._request("GET", f"/movements?{urlencode(query)}"):
            case {"movements": list(movements), "next_cursor": str(next_cursor)} if len(movements) <= MAX_MOVEMENTS:
                if next_cursor == "" or (_is_text(next_cursor) and next_cursor != cursor):
                    return MovementPage(tuple(map(_movement, movements)), next_cursor)
        raise ProviderFailed("the payment provider returned no list of movements")

    def _address(self, pay_url: str) -> str:
        with suppress(ValueError):
            address = urljoin(self.endpoint, pay_url)
            if re.fullmatch(URL_PATTERN, address):
                return address
        raise ProviderFailed("the payment provider returned no address of a page")

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._request("POST", path, json.dumps(body).encode())

    def _request(self, method: str, path: str, body: bytes = b"") -> Any:
        headers = {"content-type": "application/json"}
        if method == "POST":
            headers["idempotency-key"] = hashlib.sha256(path.encode() + b" " + body).hexdigest()
        try:
            response = self.http.request(
                method,
                self.endpoint + path,
                body=body or None,
                headers=headers,
                timeout=TIMEOUT,
                retries=False,
                preload_content=False,
            )
            with response:
                raw = _read(response)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ProviderFailed("the payment provider did not respond") from error
        return _parse(response.status, raw)


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    """Return the body. Raises: ProviderFailed (it is too long, or takes too long)."""
    until, parts, size = time.monotonic() + MAX_SECONDS, [], 0
    while chunk := response.read1(CHUNK, decode_content=False):
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES or time.monotonic() > until:
            response.close()  # otherwise the pool reads the rest to reuse the connection
            raise ProviderFailed("the payment provider's response is too long")
    return b"".join(parts)


def _parse(status: int, raw: bytes) -> Any:
    if 400 <= status < 500 and status not in RETRYABLE:
        raise ProviderDenied(f"the payment provider returned {status}")
    if not 200 <= status < 300:
        raise ProviderFailed(f"the payment provider returned {status}")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ProviderFailed("the payment provider's response is not JSON") from error


def _money(amount: Money) -> dict[str, Any]:
    return {"amount": amount.amount, "currency": amount.currency}


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(PAYMENT_ID_PATTERN, value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(TEXT_PATTERN, value) is not None


def _movement(value: Any) -> Movement:
    """Parse one movement. Raises: ProviderFailed."""
    names = ("kind", "id", "payment_id", "reference", "currency", "at")
    try:
        kind, moved, payment_id, reference, currency, at = (value[name] for name in names)
        is_known = _is_id(moved) and (payment_id == "" or _is_id(payment_id)) and _is_text(reference)
        if not (is_known and re.fullmatch("[A-Z]{3}", currency) and value["amount"] > 0):
            raise ValueError("a value of the movement is not possible")
        moved_at = from_rfc3339(at)
        if moved_at.tzinfo is None:
            raise ValueError("the time of the movement has no time zone")
        return Movement(MovementKind(kind), moved, payment_id, reference, Money(value["amount"], currency), moved_at)
    except (TypeError, ValueError, KeyError) as error:
        raise ProviderFailed("the payment provider returned a movement that cannot be parsed") from error
