"""Rooms of a circle, each with its head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.chat.domain import Room, RoomHead, SequenceBlock, lobby_id
from services.chat.errors import RoomNotFound
from services.chat.repository.heads import head_from_item, head_to_item
from services.chat.repository.messages import sequence_block_key
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, Attr, Item, Key, Put, Query
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.versioned import Versioned

PAGE_SIZE = 50  # a circle has one room today, its lobby


def room_key(circle_id: str, room_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"ROOM#{room_id}")


def get_room(table: Table, circle_id: str, room_id: str) -> Room:
    return ROOMS.get(table, room_key(circle_id, room_id))


def load_room(table: Table, circle_id: str, room_id: str) -> Versioned[Room]:
    return ROOMS.load(table, room_key(circle_id, room_id))


def find_room(table: Table, circle_id: str, room_id: str) -> Room | None:
    """Return a room, read consistently: its head is about to be saved."""
    return ROOMS.find(table, room_key(circle_id, room_id), consistent_read=True)


def find_lobbies(table: Table, circle_ids: Iterable[str]) -> dict[str, Room]:
    """Return the lobbies of at most 100 circles, by circle, in one request; a purged circle has none.

    Cost: 0.5 read units per circle.
    """
    keys = [room_key(circle_id, lobby_id(circle_id)) for circle_id in circle_ids]
    items = table.get_many(keys) if keys else {}
    found = map(room_from_item, items.values())
    return {room.circle_id: room for room in found}


def save_head(table: Table, room: Room, head: RoomHead) -> None:
    """Store the next head of a room.

    Raises: ConditionFailed (the head was saved since it was read, or the room was deleted).
    """
    key, unchanged = room_key(room.circle_id, room.id), Attr("head_version").eq(room.head.version)
    table.update(key, set={"head": head_to_item(head), "head_version": room.head.version + 1}, when=unchanged)


def list_rooms(table: Table, circle_id: str, page: PageRequest) -> Page[Room]:
    return ROOMS.list(table, _rooms_of(circle_id, page))


def iter_rooms(table: Table, circle_id: str) -> Iterator[Room]:
    return ROOMS.iter(table, _rooms_of(circle_id, PageRequest(PAGE_SIZE)))


def _rooms_of(circle_id: str, page: PageRequest) -> Query:
    return Query(pk=f"CIRCLE#{circle_id}", prefix="ROOM#", limit=page.limit, start=page.start)


def create_room(table: Table, room: Room, token: str) -> None:
    """Store a room and its first sequence block; unchanged if the room exists.

    token: makes a retry of this transaction succeed without effect.
    """
    block = {**sequence_block_key(room.circle_id, room.id, SequenceBlock(0)).attributes(), "first": 1, "last": 0}
    try:
        table.transact([Put(room_to_item(room), ABSENT), Put(block, ABSENT)], token=token)
    except ConditionFailed:
        return


def room_to_item(room: Room) -> Item:
    return {
        **room_key(room.circle_id, room.id).attributes(),
        "name": room.name,
        "version": room.version,
        "pins": list(room.pins),
        "head": head_to_item(room.head),
        "head_version": room.head.version,
    }


def room_from_item(item: Item) -> Room:
    room_id, circle_id = item["sk"].removeprefix("ROOM#"), item["pk"].removeprefix("CIRCLE#")
    head = head_from_item(item["head"], item["head_version"])
    return Room(room_id, circle_id, item["name"], item["version"], tuple(item["pins"]), head)


ROOMS = EntityStore(room_to_item, room_from_item, RoomNotFound, counters=frozenset({"head", "head_version"}))
