"""Rooms of a circle, each with its head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.chat.domain import Circle, Participant, Room, RoomHead, SequenceBlock, lobby_id, moderators_room_id
from services.chat.errors import RoomNotFound
from services.chat.repository.circles import circle_from_item, circle_key
from services.chat.repository.heads import head_from_item, head_to_item
from services.chat.repository.messages import sequence_block_key
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.blocks import BlockList, block_list_from_item, block_list_key
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, Attr, Item, Key, Put, Query
from services.shared.table.pages import get_all
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.versioned import Versioned

PAGE_SIZE = 50  # a circle has two rooms today


def room_key(circle_id: str, room_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"ROOM#{room_id}")


def get_room(table: Table, circle_id: str, room_id: str) -> Room:
    return ROOMS.get(table, room_key(circle_id, room_id))


def find_place(table: Table, circle_id: str, room_id: str) -> tuple[Circle | None, Room | None]:
    """Return a circle and one of its rooms, read together, eventually consistent; None for what is unknown.

    Cost: 1 read unit.
    """
    keys = (circle_key(circle_id), room_key(circle_id, room_id))
    items = get_all(table, keys)
    circle, room = (items.get(key) for key in keys)
    return circle_from_item(circle) if circle else None, room_from_item(room) if room else None


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


def find_room(table: Table, circle_id: str, room_id: str) -> Room | None:
    """Return a room, read consistently: its head is about to be saved."""
    return ROOMS.find(table, room_key(circle_id, room_id), consistent_read=True)


def find_own_rooms(table: Table, user_id: str, memberships: Iterable[Participant]) -> tuple[dict[str, list[Room]], BlockList]:
    """Return by circle the rooms that a user can enter, and the user's block list; a purged circle has no room.

    The key of a moderators' room is read only for a member who can enter it.
    Cost: one request per 100 items; 0.5 read units per room, and 0.5 for the block list.
    """
    blocks_key, keys = block_list_key(user_id), list[Key]()
    for membership in memberships:
        ids = (lobby_id(membership.circle_id), moderators_room_id(membership.circle_id))
        keys += [room_key(membership.circle_id, room_id) for room_id in ids if membership.can_enter(room_id)]
    items = get_all(table, [blocks_key, *keys] if keys else [])
    found: dict[str, list[Room]] = {}
    for room in (room_from_item(items[key]) for key in keys if key in items):
        found.setdefault(room.circle_id, []).append(room)
    return found, block_list_from_item(items.get(blocks_key))


def save_head(table: Table, room: Room, head: RoomHead) -> None:
    """Store the next head of a room.

    Raises: ConditionFailed (the head was saved since it was read, or the room was deleted).
    """
    key, unchanged = room_key(room.circle_id, room.id), Attr("head_version").eq(room.head.version)
    stored = {"head": head_to_item(head), "head_version": room.head.version + 1, "revision": head.revision}
    table.update(key, set=stored, when=unchanged)


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
        "head": head_to_item(room.head),
        "head_version": room.head.version,
        "revision": room.head.revision,
    }


def room_from_item(item: Item) -> Room:
    room_id, circle_id = item["sk"].removeprefix("ROOM#"), item["pk"].removeprefix("CIRCLE#")
    head = head_from_item(item["head"], item["head_version"], item["revision"])
    return Room(room_id, circle_id, item["name"], item["version"], tuple(item["pins"]), head)


ROOMS = EntityStore(room_to_item, room_from_item, RoomNotFound, counters=frozenset({"head", "head_version", "revision"}))
