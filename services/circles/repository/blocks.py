"""A person's blocks, in one item: half a unit to look at."""

from __future__ import annotations

from services.circles.domain.blocks import Blocks
from services.shared.table.port import Item, Key, Table
from services.shared.table.versioned import Stored


def blocks_key(user_id: str) -> Key:
    return Key(f"PERSON#{user_id}", "BLOCKS")


def find_blocks(table: Table, user_id: str, *, strong: bool = False) -> Stored[Blocks]:
    item = table.get(blocks_key(user_id), strong=strong)
    return Stored(Blocks(user_id, tuple(item["blocked"]), item["version"]) if item else Blocks(user_id), item)


def blocks_to(blocks: Blocks) -> Item:
    key = blocks_key(blocks.user_id)
    return {**key.attributes(), "item_schema": 1, "blocked": list(blocks.blocked), "version": blocks.version}
