"""A client's request to change an entity: what it requires of the entity, and how a repeat of it is recognised."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey

MAX_REMEMBERED_REQUESTS = 8  # 22 bytes each: a small entity stays within one write unit
HASH_LENGTH = 11  # characters of base64 for 8 bytes
ENTRY_LENGTH = 2 * HASH_LENGTH


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One change that a client requests.

    key_hash, body_hash: 8 bytes each, as base64. A repeat has the same two.
    etags: the entity must have one of them; None for an action that has a rule of its own.
    is_keyed: whether the client sent an Idempotency-Key. Without one, a repeat has the same ETag and body.
    """

    key_hash: str
    body_hash: str
    etags: frozenset[str] | None = None
    is_keyed: bool = True

    @classmethod
    def of_key(cls, key: IdempotencyKey) -> ChangeRequest:
        """Return the request of an action that has an Idempotency-Key and needs no If-Match."""
        return cls(_hash(key.user, key.route, key.value), _hash(key.body_hash))

    @classmethod
    def if_match(
        cls, user: str, route: str, key: str, body_hash: str, etags: frozenset[str], *, is_keyed: bool = True
    ) -> ChangeRequest:
        return cls(_hash(user, route, key), _hash(body_hash), etags, is_keyed)

    def is_in(self, remembered: str) -> bool:
        """Return whether this request is among the remembered ones.

        Raises: KeyReused (one of them has the same key and another body).
        """
        for start in range(0, len(remembered), ENTRY_LENGTH):
            if remembered[start : start + HASH_LENGTH] == self.key_hash:
                if remembered[start + HASH_LENGTH : start + ENTRY_LENGTH] != self.body_hash:
                    raise KeyReused
                return True
        return False

    def remember_after(self, remembered: str) -> str:
        """Return the remembered requests with this one as the newest; only the last 8 stay."""
        return (remembered + self.key_hash + self.body_hash)[-MAX_REMEMBERED_REQUESTS * ENTRY_LENGTH :]


def _hash(*parts: str) -> str:
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(digest[:8]).decode().rstrip("=")
