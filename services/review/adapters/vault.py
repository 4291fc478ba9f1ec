"""Personal data at rest: sealed under a managed key, bound to what it belongs to, so that it opens nowhere else."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

MAX_BYTES = 4096  # what KMS encrypts by itself


class Vault(Protocol):
    def seal(self, text: str, about: str) -> str:
        """The text encrypted, at most 4096 bytes of it; opens only with the same `about`."""
        ...

    def open(self, sealed: str, about: str) -> str: ...


@dataclass(frozen=True, slots=True)
class KmsVault:
    """KMS encrypts the text itself, `about` as its encryption context: no key ever lies in a function or a table."""

    key_id: str
    kms: KMSClient

    def seal(self, text: str, about: str) -> str:
        answer = self.kms.encrypt(KeyId=self.key_id, Plaintext=text.encode(), EncryptionContext={"about": about})
        return base64.b64encode(answer["CiphertextBlob"]).decode()

    def open(self, sealed: str, about: str) -> str:
        blob, context = base64.b64decode(sealed), {"about": about}
        answer = self.kms.decrypt(KeyId=self.key_id, CiphertextBlob=blob, EncryptionContext=context)
        return answer["Plaintext"].decode()
