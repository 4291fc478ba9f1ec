"""The names in use: one item per skeleton, so that no two circles have names that look alike."""

from __future__ import annotations

import hashlib

from services.shared.kernel.names.skeleton import skeleton_of
from services.shared.table.items import ABSENT, Attr, Delete, Key, Put
from services.shared.table.port import Table


def circle_name_key(name: str) -> Key:
    """Return the key of a name's skeleton: a hash, because a key has at most 2 KB."""
    return Key(f"CIRCLE_NAME#{hashlib.sha256(skeleton_of(name).encode()).hexdigest()[:32]}", "CIRCLE_NAME")


def is_available(table: Table, circle_id: str, name: str) -> bool:
    """Return whether a circle can have a name. Cost: 1 read unit."""
    item = table.get(circle_name_key(name), consistent_read=True)
    return item is None or item["circle_id"] == circle_id


def name_reservation(circle_id: str, name: str) -> Put:
    """Return the write that gives a circle a name, if no other circle has one that looks like it, for a transaction."""
    return Put({**circle_name_key(name).attributes(), "circle_id": circle_id}, ABSENT | Attr("circle_id").eq(circle_id))


def name_release(circle_id: str, name: str) -> Delete:
    """Return the write that makes a circle's name available again. Without effect if it is."""
    return Delete(circle_name_key(name), ABSENT | Attr("circle_id").eq(circle_id))
