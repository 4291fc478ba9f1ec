"""WebSocket connections and the tickets that open them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

BLOCK_CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Socket:
    """One connection of one user. It expires with the access token that its ticket was issued for.

    signed_in_at, expires_at: of the token behind the ticket, in seconds since 1970.
    blocked: of a subscriber, the codes of the users that its user had blocked when it subscribed.
    """

    connection_id: str
    user_id: str
    signed_in_at: int
    expires_at: int
    blocked: frozenset[str] = frozenset()

    def has_blocked(self, user_id: str) -> bool:
        return bool(self.blocked) and block_code(user_id) in self.blocked

    def is_live(self, at: datetime) -> bool:
        return at.timestamp() < self.expires_at


def block_code(user_id: str) -> str:
    """Return 48 bits of the hash of a user's id.

    Each send reads the subscribers of its room, so a blocked user costs 8 bytes there and not the 36 of an id. With 100 blocked
    users, a message of another one is hidden in error once in 2.8 million million.
    """
    return base64.urlsafe_b64encode(hashlib.sha256(user_id.encode()).digest()[:6]).decode()
