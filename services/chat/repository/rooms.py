"""Rooms of a circle."""

from __future__ import annotations

from collections.abc import Iterator

from services.chat.domain import Participant, Room, SequenceBlock
from services.chat.errors import RoomNotFound
from services.chat.repository.messages import sequence_block_key
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, Item, Key, Put, Query
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.versioned import Versioned

PAGE_SIZE = 50  # a circle has two rooms today


def room_key(circle_id: str, room_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"ROOM#{room_id}")


def get_room(table: Table, circle_id: str, room_id: str) -> Room:
    return ROOMS.get(table, room_key(circle_id, room_id))


def require_room(table: Table, participant: Participant, room_id: str) -> Room:
    """Return a room that a member can enter. One that they cannot enter costs the same read as one that does not exist.

    Raises: RoomNotFound.
    """
    room = get_room(table, participant.circle_id, room_id)
    if not participant.can_enter(room_id):
        raise RoomNotFound
    return room


def load_room(table: Table, circle_id: str, room_id: str) -> Versioned[Room]:
    return ROOMS.load(table, room_key(circle_id, room_id))


def list_rooms(table: Table, participant: Participant, page: PageRequest) -> Page[Room]:
    """Return a page of the rooms that a member can enter."""
    query = _rooms_of(participant.circle_id, page)
    return ROOMS.list(table, query, lambda room: participant.can_enter(room.id))


def iter_own_rooms(table: Table, participant: Participant) -> Iterator[Room]:
    """Yield the rooms that a member can enter."""
    return (room for room in iter_rooms(table, participant.circle_id) if participant.can_enter(room.id))


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
    }


def room_from_item(item: Item) -> Room:
    room_id, circle_id = item["sk"].removeprefix("ROOM#"), item["pk"].removeprefix("CIRCLE#")
    return Room(room_id, circle_id, item["name"], item["version"], tuple(item["pins"]))


ROOMS = EntityStore(room_to_item, room_from_item, RoomNotFound)
