"""Prefixed ULIDs, and ids that a retry derives again."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ulid import ULID

from services.shared.kernel.clock import millis
from services.shared.kernel.errors import FieldError, Invalid

ULID_PATTERN = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
PREFIXES = {
    "application_id": "app",
    "circle_id": "cir",
    "passcode_id": "pas",
    "note_id": "note",
    "comment_id": "com",
    "picture_id": "pic",
    "draft_id": "drf",
    "export_id": "exp",
    "succession_id": "suc",
    "room_id": "rom",
    "listing_id": "lst",
    "order_id": "ord",
    "case_id": "cas",
}
USER_PATTERN = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PATTERNS = {name: f"{prefix}_{ULID_PATTERN}" for name, prefix in PREFIXES.items()} | {"user_id": USER_PATTERN}
KEY_LIFETIME = timedelta(hours=24)
KEY_SKEW = timedelta(minutes=5)

NewId = Callable[[str], str]


def new_id(prefix: str) -> str:
    """A fresh id of its kind: 48 bits of time, 80 of chance."""
    return f"{prefix}_{ULID()}"


def deterministic_id(prefix: str, at_ms: int, *parts: str, secret: bytes = b"") -> str:
    """The same id from the same parts: ULID(time, first 80 bits of a keyed hash of the parts)."""
    digest = hmac.new(secret, "\x00".join(parts).encode(), hashlib.sha256).digest()
    return f"{prefix}_{ULID.from_bytes(at_ms.to_bytes(6, 'big') + digest[:10])}"


def derive_id(prefix: str, of: str) -> str:
    """The id of the one thing that belongs to another: a circle to its application, a lobby to its circle."""
    return f"{prefix}_{of.split('_', 1)[1]}"


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key for one wish, bound to the user and route it came by and to the hash of the body it came with."""

    user: str
    route: str
    value: str
    at_ms: int
    body_hash: str
    secret: bytes

    def part(self, name: str) -> IdempotencyKey:
        """The key of one of several wishes that came in one body."""
        return replace(self, route=f"{self.route} {name}")

    def id(self, prefix: str) -> str:
        """The id of the resource that this wish creates, the same on every retry."""
        return deterministic_id(prefix, self.at_ms, self.user, self.route, self.value, secret=self.secret)


def key_time(value: str, now: datetime) -> int:
    """When an Idempotency-Key was made, ms; Invalid unless it is a ULID or UUIDv7 of the last 24 hours."""
    at_ms = _time_of(value)
    if at_ms is None:
        raise _bad_key("must be a ULID or a UUIDv7")
    if at_ms < millis(now - KEY_LIFETIME) or at_ms > millis(now + KEY_SKEW):
        raise _bad_key("must have been made within the last 24 hours")
    return at_ms


def _time_of(value: str) -> int | None:
    if re.fullmatch(ULID_PATTERN, value):
        return ULID.from_str(value).milliseconds
    try:
        key = uuid.UUID(value)
    except ValueError:
        return None
    return key.int >> 80 if key.version == 7 and str(key) == value.lower() else None


def _bad_key(message: str) -> Invalid:
    return Invalid(fields=(FieldError("Idempotency-Key", message),))
