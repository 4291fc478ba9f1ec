"""Secret keys in key rings: the current key signs, and older keys still verify (key rotation)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Keys by key id. It has no `repr`, so that no key is logged."""

    current: str
    keys: Mapping[str, bytes]

    @property
    def newest(self) -> bytes:
        return self.keys[self.current]

    def newest_first(self) -> list[bytes]:
        return [self.newest, *(key for name, key in self.keys.items() if name != self.current)]


def keyed_hash(secret: bytes, text: str, size: int) -> str:
    """Return so many bytes of the keyed hash of a text, as 4 characters per 3 bytes. Only the key can compute them."""
    return base64.urlsafe_b64encode(hmac.new(secret, text.encode(), hashlib.sha256).digest()[:size]).decode()


class StoredKeyRing(KeyRing):
    """A key ring in a Systems Manager SecureString of its own, read when a key is used, and cached for 5 minutes.

    So a function that uses no key needs no permission to read one.
    """

    __slots__ = ("_parameter",)
    _parameter: str

    def __init__(self, parameter: str) -> None:
        object.__setattr__(self, "_parameter", parameter)

    @property
    def current(self) -> str:
        return self._read().current

    @property
    def keys(self) -> Mapping[str, bytes]:
        return self._read().keys

    def _read(self) -> KeyRing:
        from aws_lambda_powertools.utilities import parameters

        return parse_key_ring(parameters.get_parameter(self._parameter, decrypt=True, max_age=300))


def parse_key_ring(text: str) -> KeyRing:
    """Return the key ring in a parameter: `{"current": "k1", "keys": {"k1": "<base64>"}}`."""
    ring = json.loads(text)
    return KeyRing(ring["current"], {key: base64.b64decode(value, validate=True) for key, value in ring["keys"].items()})
