"""Secret keys, each a ring whose current key signs and whose older keys still verify, so that they can rotate."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Keys by their id; never printed."""

    current: str
    keys: Mapping[str, bytes]

    @property
    def newest(self) -> bytes:
        return self.keys[self.current]

    def newest_first(self) -> list[bytes]:
        return [self.newest, *(key for name, key in self.keys.items() if name != self.current)]


def parse_key_rings(text: str) -> dict[str, KeyRing]:
    """The rings of a service from its one parameter: `{"cursor": {"current": "k1", "keys": {"k1": "<base64>"}}}`."""
    return {
        name: KeyRing(ring["current"], {key: base64.b64decode(value) for key, value in ring["keys"].items()})
        for name, ring in json.loads(text).items()
    }


def get_key_rings(parameter: str) -> dict[str, KeyRing]:
    """The rings from a Systems Manager SecureString, cached for five minutes."""
    from aws_lambda_powertools.utilities import parameters

    return parse_key_rings(parameters.get_parameter(parameter, decrypt=True, max_age=300))
