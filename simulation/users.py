"""The callers of use cases, with their idempotency keys and real-name tokens."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime
from typing import Any

from ulid import ULID

from services.review.domain.identity import Statement, sign_statement
from services.shared.http.bodies import body_hash
from services.shared.kernel import ids
from services.shared.kernel.clock import millis
from services.shared.security.auth import Caller
from services.shared.security.keys import KeyRing
from simulation.clock import NOON

RING = KeyRing("k1", {"k1": b"0" * 32})

ADULT_ON = date(2031, 2, 3)  # when the minors of the tests turn 18


def user_id(name: str) -> str:
    """Return the id of a user: the same for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def caller(name: str, *groups: str, ip: str = "203.0.113.7", now: datetime = NOON) -> Caller:
    issued = millis(now) // 1000 - 60
    return Caller(user_id(name), frozenset(groups), issued, issued + 3600, ip)


def new_key(
    caller: Caller, route: str = "POST /test", body: Any = None, value: str | None = None, now: datetime = NOON
) -> ids.IdempotencyKey:
    """Return a new idempotency key, or the one with this value."""
    value = value or str(ULID.from_timestamp(millis(now) / 1000))
    at_ms, hashed = ids.key_time(value, now), body_hash(json.dumps(body).encode())
    return ids.IdempotencyKey(caller.user_id, route, value, at_ms, hashed, b"s" * 32)


def real_name_token(
    user_id: str, identity_id: str = "", *, adult: bool = True, active_days: int = 64, now: datetime = NOON
) -> str:
    """Return a real-name token; without `identity_id` each user has an identity of their own."""
    statement = Statement(identity_id or user_id, "林*", None if adult else ADULT_ON, active_days)
    return sign_statement(RING.newest, user_id, statement, now)
