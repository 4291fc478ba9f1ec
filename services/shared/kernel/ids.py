"""Ids: prefixed ULIDs, ids that a retry derives again, and idempotency keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ulid import ULID

from services.shared.kernel.clock import millis
from services.shared.kernel.errors import FieldError, IdempotencyKeyTimeInvalid, Invalid

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
    "campaign_id": "cmp",
    "succession_id": "suc",
    "room_id": "rom",
    "listing_id": "lst",
    "order_id": "ord",
    "return_id": "ret",
    "dispute_id": "dsp",
    "address_id": "adr",
    "coupon_id": "cpn",
    "case_id": "cas",
    "appeal_id": "apl",
    "push_subscription_id": "psh",
    "payout_id": "pyt",
}
# A subject of any OpenID Connect issuer, as `auth0|5f7c8ec7`: no `#` of a key, no `/` of an object's name.
USER_PATTERN = "[A-Za-z0-9][A-Za-z0-9._|:@-]{0,127}"
PATTERNS = {name: f"{prefix}_{ULID_PATTERN}" for name, prefix in PREFIXES.items()} | {"user_id": USER_PATTERN}
KEY_LIFETIME = timedelta(hours=24)
MAX_CLOCK_SKEW = timedelta(minutes=5)  # how far the clock of a client can be ahead
# Longer than a function with routes runs (29 s): by then the item of a new id is stored, or its creation has crashed.
MAX_CREATION = timedelta(minutes=1)

HASH_LENGTH = 11  # characters of base64 for 8 bytes

NewId = Callable[[str], str]


def new_id(prefix: str) -> str:
    """Return a new id with this prefix: 48 bits of time and 80 random bits."""
    return f"{prefix}_{ULID()}"


def deterministic_id(prefix: str, at_ms: int, *parts: str, secret: bytes = b"") -> str:
    """Return the same id for the same arguments.

    It is a ULID of the time and the first 80 bits of a keyed hash of the parts.
    """
    parts_hash = hmac.new(secret, "\x00".join(parts).encode(), hashlib.sha256).digest()
    return f"{prefix}_{ULID.from_bytes(at_ms.to_bytes(6, 'big') + parts_hash[:10])}"


def derive_id(prefix: str, of: str) -> str:
    """Return the id of an entity that exists once per other entity, as the lobby of a circle."""
    return f"{prefix}_{of.split('_', 1)[1]}"


def time_of_id(id: str) -> datetime:
    """Return the time in an id: when its entity was created, or the time of its Idempotency-Key."""
    return ULID.from_str(id.split("_", 1)[1]).datetime


def default_number(id: str) -> str:
    """Return the 4 digits of the default name of a user or circle. Two can have the same."""
    return f"{int.from_bytes(hashlib.sha256(id.encode()).digest()[:8]) % 10_000:04d}"


def short_hash(*parts: str) -> str:
    """Return 8 bytes of the hash of the parts, as base64."""
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(digest[:8]).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The Idempotency-Key of a request, bound to its user and route.

    value: the header's value. at_ms: the time in it. secret: the service's key for ids, so that an id cannot be predicted.
    body_hash: distinguishes a retry from another request with the same key.
    """

    user: str
    route: str
    value: str
    at_ms: int
    body_hash: str
    secret: bytes

    @property
    def hash(self) -> str:
        """Identifies the request among those of all users. A repeat has the same hash."""
        return short_hash(self.user, self.route, self.value)

    def part(self, name: str) -> IdempotencyKey:
        """Return the key of one of several requests in one body."""
        return replace(self, route=f"{self.route} {name}")

    def id(self, prefix: str) -> str:
        """Return the id of the resource that this request creates, the same for each retry."""
        return deterministic_id(prefix, self.at_ms, self.user, self.route, self.value, secret=self.secret)


def key_time(value: str, now: datetime) -> int:
    """Return the time in an Idempotency-Key, in milliseconds.

    Raises: Invalid (not a ULID or UUIDv7), IdempotencyKeyTimeInvalid (not created within the last 24 hours; 5 minutes ahead are
    accepted).
    """
    at_ms = _time_of(value)
    if at_ms is None:
        raise Invalid(fields=(FieldError("Idempotency-Key", "must-be-idempotency-key"),))
    if at_ms < millis(now - KEY_LIFETIME) or at_ms > millis(now + MAX_CLOCK_SKEW):
        hours = int(KEY_LIFETIME.total_seconds()) // 3600
        outdated = FieldError("Idempotency-Key", "key-time-invalid", {"hours": hours})
        raise IdempotencyKeyTimeInvalid(fields=(outdated,))
    return at_ms


def _time_of(value: str) -> int | None:
    if re.fullmatch(ULID_PATTERN, value):
        return ULID.from_str(value).milliseconds
    try:
        key = uuid.UUID(value)
    except ValueError:
        return None
    return key.int >> 80 if key.version == 7 and str(key) == value.lower() else None
