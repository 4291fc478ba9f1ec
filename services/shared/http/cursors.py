"""Cursors: where the next page of a list starts, encrypted, for one caller and one list only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass

from services.shared.kernel.errors import BadRequest, FieldError
from services.shared.kernel.pages import Position
from services.shared.security.keys import KeyRing


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of one list.

    scope: the list with its ids and filters, and its caller. A cursor of another scope cannot be decrypted.
    """

    keys: KeyRing
    scope: str

    @classmethod
    def of(cls, keys: KeyRing, *scope: str) -> Cursors:
        return cls(keys, "\x00".join(scope))

    def encrypt(self, position: Position) -> str:
        from cryptography.fernet import Fernet  # 20 ms of import, for lists of more than one page only

        cursor: bytes = Fernet(self._key_of(self.keys.newest)).encrypt(json.dumps(position).encode())
        return cursor.decode()

    def decrypt(self, cursor: str) -> Position:
        """Return the position. Raises: BadRequest (the cursor was altered, or belongs to another list or caller)."""
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet

        fernets: Sequence[Fernet] = [Fernet(self._key_of(key)) for key in self.keys.newest_first()]
        try:
            token = cursor.encode()
            # Decoding ignores what is not base64, and what follows its padding: only one text is this cursor.
            if base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)) != token:
                raise InvalidToken
            position: Position = json.loads(MultiFernet(fernets).decrypt(token))
        except (InvalidToken, ValueError):
            raise BadRequest(fields=(FieldError("cursor", "must-be-cursor-of-list"),)) from None
        return position

    def _key_of(self, key: bytes) -> bytes:
        return base64.urlsafe_b64encode(hmac.new(key, f"cursor {self.scope}".encode(), hashlib.sha256).digest())
