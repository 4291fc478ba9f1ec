"""Encryption of personal data in the table.

Each text is bound to the id of the entity that it belongs to, so that it cannot be decrypted as the data of another one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

MAX_BYTES = 4096  # the most that KMS encrypts itself


class Vault(Protocol):
    """Encrypts texts of at most 4096 bytes. A text is decrypted only with the `context` that it was encrypted with."""

    def encrypt(self, text: str, context: str) -> str: ...

    def decrypt(self, ciphertext: str, context: str) -> str: ...


@dataclass(frozen=True, slots=True)
class KmsVault:
    """Encrypts with a managed key of KMS. KMS encrypts the text itself, so no key is ever in a function or a table.

    new_client: creates the client at the first text, because most cold starts encrypt none.
    """

    key_id: str
    new_client: Callable[[], KMSClient]

    def encrypt(self, text: str, context: str) -> str:
        response = self.new_client().encrypt(
            KeyId=self.key_id, Plaintext=text.encode(), EncryptionContext={"entity_id": context}
        )
        return base64.b64encode(response["CiphertextBlob"]).decode()

    def decrypt(self, ciphertext: str, context: str) -> str:
        blob = base64.b64decode(ciphertext)
        response = self.new_client().decrypt(KeyId=self.key_id, CiphertextBlob=blob, EncryptionContext={"entity_id": context})
        return response["Plaintext"].decode()
