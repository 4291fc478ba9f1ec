"""Read grants: review counts what staff read about users in all services, and each grant of review is good for one read.

Services do not call each other and share no table. So review counts the read, and signs what the other service demands. The key
is in a ring of review that the other services can read: it signs nothing but grants.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import ReadGrantInvalid
from services.shared.security.keys import KeyRing

KEY_RING = "grants"  # of review
USERS_BY_NICKNAME = "users by nickname"


class ReadKind(StrEnum):
    """What a grant is good for, in another service than review."""

    USERS = "users"
    PROFILE = "profile"
    ORDERS = "orders"
    SALES = "sales"
    ORDER = "order"
    DISPUTE = "dispute"


def subject_of(kind: ReadKind, subject_id: str) -> str:
    """Return what is read, as the access logs name it.

    subject_id: a user, an order or a dispute; empty for a search of users.
    """
    subjects = {ReadKind.USERS: USERS_BY_NICKNAME, ReadKind.ORDER: subject_id, ReadKind.DISPUTE: subject_id}
    return subjects.get(kind, f"{kind} of {subject_id}")


@dataclass(frozen=True, slots=True)
class ReadGrant:
    """The right of one user to read one subject once.

    number: of the read in the reader's audit chain of review; no two grants of a reader have the same.
    """

    user_id: str
    subject: str
    number: int
    expires_at: datetime

    def sign(self, keys: KeyRing) -> str:
        """Return the text that the reader passes on."""
        payload = json.dumps([self.user_id, self.subject, self.number, millis(self.expires_at)]).encode()
        return f"{_encode(payload)}.{_signature(keys.newest, payload)}"

    @classmethod
    def verify(cls, keys: KeyRing, text: str) -> Self:
        """Return the grant of a text. Raises: ReadGrantInvalid (review did not sign it)."""
        encoded, _, signature = text.partition(".")
        try:
            payload = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except ValueError:
            raise ReadGrantInvalid from None
        if not any(hmac.compare_digest(_signature(key, payload), signature) for key in keys.newest_first()):
            raise ReadGrantInvalid
        user_id, subject, number, expires_at = json.loads(payload)
        return cls(user_id, subject, number, from_millis(expires_at))

    def require(self, user_id: str, subject: str, at: datetime) -> Self:
        """Raises: ReadGrantInvalid (it is another user's or about another subject, or it has expired)."""
        if (self.user_id, self.subject) != (user_id, subject) or at >= self.expires_at:
            raise ReadGrantInvalid
        return self


def _signature(key: bytes, payload: bytes) -> str:
    return _encode(hmac.new(key, b"read grant " + payload, hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
