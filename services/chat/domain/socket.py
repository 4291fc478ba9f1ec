"""WebSocket connections and the tickets that open them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Socket:
    """One connection of one user. It expires with the access token that its ticket was issued for.

    signed_in_at, expires_at: of the token behind the ticket, in seconds since 1970.
    """

    connection_id: str
    user_id: str
    signed_in_at: int
    expires_at: int

    def is_live(self, at: datetime) -> bool:
        return at.timestamp() < self.expires_at
