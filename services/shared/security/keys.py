"""Secret keys in key rings: the current key signs, and older keys still verify (key rotation)."""

from __future__ import annotations

import base64
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


def parse_key_rings(text: str) -> dict[str, KeyRing]:
    """Return the key rings in a service's parameter: `{"cursor": {"current": "k1", "keys": {"k1": "<base64>"}}}`."""
    return {
        name: KeyRing(ring["current"], {key: base64.b64decode(value) for key, value in ring["keys"].items()})
        for name, ring in json.loads(text).items()
    }


def get_key_rings(parameter: str) -> dict[str, KeyRing]:
    """Return the key rings of a Systems Manager SecureString, cached for 5 minutes."""
    from aws_lambda_powertools.utilities import parameters

    return parse_key_rings(parameters.get_parameter(parameter, decrypt=True, max_age=300))
