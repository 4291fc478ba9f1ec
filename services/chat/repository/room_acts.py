"""The audit trail of a room: what moderators changed of it, in an item that outlives the room.

The room's own item has no entry: each message writes that item, and an entry would make it dearer. A chain is never deleted,
because an anchor names it. The stream writes its entries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from services.chat.domain import Room
from services.chat.errors import RoomNotFound
from services.shared.security.audit import AuditTrail
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import HasTable, Write

ACTS = "ACTS#"  # the prefix of the sort keys


@dataclass(frozen=True, slots=True)
class RoomActs:
    """The acts of moderators on one room. Its version is the length of the trail."""

    circle_id: str
    room_id: str
    trail: AuditTrail


def acts_key(circle_id: str, room_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"{ACTS}{room_id}")


def act_write(ports: HasTable, room: Room, act: str, by: str, *, is_new: bool = False, **details: Any) -> Write:
    """Return the write that adds an act to the audit trail of a room, for the transaction of the change.

    act: what was changed, readable by those who verify the chain. details: the new values, of which the entry has a hash.
    is_new: that this transaction creates the room, so there is no trail to read.
    Cost: 1 read unit, consistent; 2 write units, and 2 from the stream.
    """
    new = RoomActs(room.circle_id, room.id, AuditTrail(salt=ports.new_id("salt")))
    key = acts_key(room.circle_id, room.id)
    loaded = STORE.new(new) if is_new else STORE.load_or(ports.table, key, new)
    trail = loaded.entity.trail.extend(act, actor=by, at=ports.clock(), **details)
    return loaded.write(ports, replace(loaded.entity, trail=trail))


def acts_to_item(acts: RoomActs) -> Item:
    return {**acts_key(acts.circle_id, acts.room_id).attributes(), **acts.trail.to_item(), "version": acts.trail.length}


def acts_from_item(item: Item) -> RoomActs:
    circle_id, room_id = item["pk"].removeprefix("CIRCLE#"), item["sk"].removeprefix(ACTS)
    return RoomActs(circle_id, room_id, AuditTrail.from_item(item))


STORE = EntityStore(acts_to_item, acts_from_item, RoomNotFound)
