"""The signature of the provider's webhooks, over the time and the raw bytes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from services.commerce.settings import settings

MAX_TIMES, MAX_SIGNATURES = 4, 16  # of one header: a time costs a hash of the body, a signature a comparison


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
