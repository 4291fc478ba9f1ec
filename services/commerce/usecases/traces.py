"""The keyed hashes of what an order is placed and paid with."""

from __future__ import annotations

from services.commerce.domain.address import Address
from services.commerce.domain.traces import hash_trace, normalize_address
from services.commerce.usecases.ports import Ports

PAYER, DEVICE, ADDRESS = "payer", "device", "address"


def hash_value(ports: Ports, circle_id: str, kind: str, value: str) -> str:
    """Return the keyed hash of a payer, a device or a place; empty for an empty value, without use of the key."""
    return hash_trace(ports.trace_keys.newest, circle_id, kind, value) if value else ""


def hash_address(ports: Ports, circle_id: str, address: Address) -> str:
    return hash_value(ports, circle_id, ADDRESS, normalize_address(address))
