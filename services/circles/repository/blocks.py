"""The block list of a user: one item, 0.5 read units."""

from __future__ import annotations

from services.circles.domain.blocks import Blocks
from services.shared.kernel.errors import NotFound
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned


def blocks_key(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "BLOCKS")


def load_blocks(table: Table, user_id: str) -> Versioned[Blocks]:
    return BLOCKS.load_or(table, blocks_key(user_id), Blocks(user_id))


def find_blocks(table: Table, user_id: str) -> Blocks | None:
    return BLOCKS.find(table, blocks_key(user_id))


def blocks_to_item(blocks: Blocks) -> Item:
    key = blocks_key(blocks.user_id)
    return {**key.attributes(), "user_id": blocks.user_id, "blocked": list(blocks.blocked), "version": blocks.version}


def blocks_from_item(item: Item) -> Blocks:
    return Blocks(item["user_id"], tuple(item["blocked"]), item["version"])


BLOCKS = EntityStore(blocks_to_item, blocks_from_item, NotFound)
