"""How much a network sent and connected: an item each.

Messages are counted in a sample of the sends; tickets and connections are those of frequent users alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from services.chat.settings import settings
from services.shared.kernel.clock import millis
from services.shared.table.items import Attr, Item, Key
from services.shared.table.port import ConditionFailed, Table

LIFETIME = timedelta(days=1)


def network_key(network: str) -> Key:
    return Key(f"NETWORK#{network}", "SENDS")


def is_over_limit(item: Item | None, at: datetime) -> bool:
    """Whether a network sends more than its rate, and has used what it can run ahead of it."""
    return item is not None and item["slots_free_at"] > millis(at + settings().network_send_ahead)


def is_network_over_limit(table: Table, network: str, at: datetime) -> bool:
    """Whether a network sends more than its rate, by a read of its own."""
    return is_over_limit(table.get(network_key(network)), at)


def count_sends(table: Table, network: str, sends: int, at: datetime) -> None:
    """Add a number of sends to the rate of a network.

    Two counts at once of a network that was idle can lose one of them; a network that sends all the time loses none.
    Cost: 1 write unit.
    """
    key, now = network_key(network), millis(at)
    used, idle = sends * 1000 // settings().network_sends_per_second, Attr("slots_free_at")
    expires_at = millis(at + LIFETIME) // 1000
    try:
        start = {"slots_free_at": now + used, "expires_at": expires_at}
        table.update(key, set=start, when=idle.not_exists() | idle.le(now))
    except ConditionFailed:
        table.update(key, add={"slots_free_at": used}, set={"expires_at": expires_at}, when=None)


class SocketStep(StrEnum):
    """What is counted of the sockets of a network."""

    TICKETS = "tickets"
    CONNECTIONS = "connections"


def acquire_socket_step(table: Table, network: str, step: SocketStep, at: datetime) -> bool:
    """Count a ticket or connection of a frequent user; return False, and count nothing, if its network is over its rate.

    Exact, also for many at once: each write has the limit in its condition.
    Cost: 0.5 read units, and 1 write unit if it is counted.
    """
    key = Key(f"NETWORK#{network}", step.upper())
    item = table.get(key)
    while item is None or item["slots_free_at"] <= millis(at + settings().network_socket_ahead):
        try:
            _count_step(table, key, item, at)
        except ConditionFailed as failed:
            item = failed.old  # another request was counted meanwhile
        else:
            return True
    return False


def _count_step(table: Table, key: Key, item: Item | None, at: datetime) -> None:
    """Count one step. Raises: ConditionFailed (the network was idle and is not any more, or is over its limit)."""
    now, limit = millis(at), millis(at + settings().network_socket_ahead)
    used, idle = 1000 // settings().network_sockets_per_second, Attr("slots_free_at")
    expires_at = millis(at + LIFETIME) // 1000
    if item is None or item["slots_free_at"] <= now:
        start = {"slots_free_at": now + used, "expires_at": expires_at}
        table.update(key, set=start, when=idle.not_exists() | idle.le(now))
    else:
        table.update(key, add={"slots_free_at": used}, set={"expires_at": expires_at}, when=idle.le(limit))
