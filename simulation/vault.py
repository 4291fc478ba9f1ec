"""The stand-in of KMS."""

from __future__ import annotations

import base64
import json

from services.shared.security.vault import MAX_BYTES


class FakeVault:
    """Encrypts as KMS does: at most 4096 bytes, and decrypts only with the same context."""

    def encrypt(self, text: str, context: str) -> str:
        assert len(text.encode()) <= MAX_BYTES
        return base64.b64encode(json.dumps([context, text[::-1]]).encode()).decode()

    def decrypt(self, ciphertext: str, context: str) -> str:
        encrypted_with, text = json.loads(base64.b64decode(ciphertext))
        assert encrypted_with == context, "encrypted with another context"
        return str(text[::-1])
