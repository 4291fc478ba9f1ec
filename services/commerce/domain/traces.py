"""What an order was placed and paid with, as keyed hashes. They show only whether two orders of a circle have the same.

The values are stored nowhere: an address is encrypted for its order, a payer and a device are discarded.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from services.commerce.domain.address import Address
from services.shared.security.keys import keyed_hash

HASH_BYTES = 9  # 12 characters: of a million orders, two that differ have the same hash with a chance of 1 in 10 billion


@dataclass(frozen=True, slots=True)
class Traces:
    """Keyed hashes of the payer, the device and the address of an order; empty if unknown."""

    payer: str = ""
    device: str = ""
    address: str = ""


NO_TRACES = Traces()


def hash_trace(secret: bytes, circle_id: str, kind: str, value: str) -> str:
    """Return the keyed hash of a value; empty for an empty one. It differs from circle to circle, so it links no circles."""
    return keyed_hash(secret, f"{kind} {circle_id} {value}", HASH_BYTES) if value else ""


def normalize_address(address: Address) -> str:
    """Return the place of an address without spaces, punctuation, width and case. Recipient and phone are no part of it."""
    text = "".join((address.province, address.city, address.district, address.street))
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())
