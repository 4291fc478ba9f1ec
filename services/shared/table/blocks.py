"""The projection of block lists: the users that each user has blocked, as the circles service publishes them."""

from __future__ import annotations

from dataclasses import dataclass

from services.shared.messaging.events import BlocksChanged
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_newer


@dataclass(frozen=True, slots=True)
class BlockList:
    """The users that one user has blocked. version: 0 if they never blocked another user."""

    user_ids: frozenset[str] = frozenset()
    version: int = 0


def block_list_key(user_id: str) -> Key:
    """Return the key of a user's block list. It is in a partition of its own, so that no query of a user reads it."""
    return Key(f"BLOCKS#{user_id}", "BLOCKS")


def put_block_list(table: Table, event: BlocksChanged) -> None:
    """Store a block list. Unchanged if the stored one is as new or newer."""
    data = event.data
    item = {**block_list_key(data.user_id).attributes(), "blocked": data.blocked, "version": event.entity_version}
    put_if_newer(table, item)


def list_blocked_users(table: Table, user_id: str, *, consistent_read: bool = False) -> list[str]:
    """Return the users that a user has blocked. Cost: 0.5 read units per 4 KB, 1 if consistent."""
    item = table.get(block_list_key(user_id), consistent_read=consistent_read)
    return list(item["blocked"]) if item else []


def block_list_from_item(item: Item | None) -> BlockList:
    """Return the list of an item that was read by its key, for example in a batch with others."""
    return BlockList(frozenset(item["blocked"]), item["version"]) if item else BlockList()
