"""How many messages a network sent: one item per network, written by a sample of the sends."""

from __future__ import annotations

from datetime import datetime, timedelta

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
