"""The network of an address, for limits that one user with many accounts cannot evade."""

from __future__ import annotations

import ipaddress


def network_of(ip: str) -> str:
    """Return the network that an address is counted under: IPv4 /24, IPv6 /56. Invalid addresses share `unknown`."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{ip}/{24 if address.version == 4 else 56}", strict=False))
