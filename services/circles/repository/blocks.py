"""The block list of a user: one item, 0.5 read units."""

from __future__ import annotations

from services.circles.domain.blocks import Blocks
from services.shared.table.port import Item, Key, Table
from services.shared.table.versioned import Versioned


def blocks_key(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "BLOCKS")


def load_blocks(table: Table, user_id: str, *, consistent_read: bool = False) -> Versioned[Blocks]:
    item = table.get(blocks_key(user_id), consistent_read=consistent_read)
    return Versioned(Blocks(user_id, tuple(item["blocked"]), item["version"]) if item else Blocks(user_id), item)


def blocks_to_item(blocks: Blocks) -> Item:
    key = blocks_key(blocks.user_id)
    return {**key.attributes(), "blocked": list(blocks.blocked), "version": blocks.version}
