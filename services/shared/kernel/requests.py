"""A client's request to change an entity: what it requires of the entity, and how a repeat of it is recognised."""

from __future__ import annotations

from dataclasses import dataclass

from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import HASH_LENGTH, IdempotencyKey, short_hash
from services.shared.kernel.rates import Rate

MAX_REMEMBERED_REQUESTS = 8  # 22 bytes each: a small entity stays within one write unit
ENTRY_LENGTH = 2 * HASH_LENGTH


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One change that a client requests.

    user: who requests it.
    rate: how often this user can change something; None for an action that the state of what it changes bounds.
    key_hash, body_hash: 8 bytes each, as base64. A repeat has the same two.
    etags: the entity must have one of them; None for an action that has a rule of its own.
    is_keyed: whether the client sent an Idempotency-Key. Without one, a repeat has the same ETag and body.
    """

    user: str
    rate: Rate | None
    key_hash: str
    body_hash: str
    etags: frozenset[str] | None = None
    is_keyed: bool = True

    @classmethod
    def of_key(cls, key: IdempotencyKey, rate: Rate | None) -> ChangeRequest:
        """Return the request of an action that has an Idempotency-Key and needs no If-Match."""
        return cls(key.user, rate, key.hash, short_hash(key.body_hash))

    @classmethod
    def if_match(
        cls, user: str, rate: Rate, route: str, key: str, body_hash: str, etags: frozenset[str], *, is_keyed: bool = True
    ) -> ChangeRequest:
        return cls(user, rate, short_hash(user, route, key), short_hash(body_hash), etags, is_keyed)

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
