"""Rooms of a circle, each with its settings and its head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from services.chat.domain import (
    Participant,
    ReadMarker,
    Room,
    RoomHead,
    RoomSettings,
    Senders,
    Topics,
    lobby_id,
    moderators_room_id,
)
from services.chat.errors import RoomNotFound
from services.chat.repository.heads import head_from_item, head_to_item
from services.chat.repository.messages import first_block_write
from services.chat.repository.networks import is_over_limit, network_key
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.blocks import BlockList, block_list_from_item, block_list_key
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, Attr, Item, Key, Put, Query
from services.shared.table.pages import get_all
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.versioned import Versioned

PAGE_SIZE = 50


def room_key(circle_id: str, room_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"ROOM#{room_id}")


def get_room(table: Table, circle_id: str, room_id: str) -> Room:
    return ROOMS.get(table, room_key(circle_id, room_id))


def find_room_and_rate(table: Table, circle_id: str, room_id: str, network: str, at: datetime) -> tuple[Room | None, bool]:
    """Return a room, and whether a network sends more than its rate; read together, eventually consistent.

    Cost: 1 read unit; 0.5 without a network.
    """
    room_at, network_at = room_key(circle_id, room_id), network_key(network)
    items = get_all(table, [room_at, *([network_at] if network else [])])
    room = items.get(room_at)
    return room_from_item(room) if room else None, is_over_limit(items.get(network_at), at)


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
    """Return a room, read consistently: its head is about to be saved, or a void to be stored."""
    return ROOMS.find(table, room_key(circle_id, room_id), consistent_read=True)


def find_own_rooms(
    table: Table, user_id: str, memberships: Iterable[Participant], markers: Mapping[str, Mapping[str, ReadMarker]]
) -> tuple[dict[str, list[Room]], BlockList]:
    """Return by circle the rooms that a user can enter, and the user's block list; a purged circle has no room.

    The key of a moderators' room is read only for a member who can enter it. Archived topics are left out.
    markers: by circle and room. A topic in which the user has one is read with the lobby. Only for other topics, which the
        lobby names, is there another request.
    Cost: one request per 100 items; 0.5 read units per room, and 0.5 for the block list.
    """
    blocks_key, keys = block_list_key(user_id), list[Key]()
    for membership in memberships:
        circle_id = membership.circle_id
        ids = dict.fromkeys((lobby_id(circle_id), moderators_room_id(circle_id), *markers.get(circle_id, ())))
        keys += [room_key(circle_id, room_id) for room_id in ids if membership.can_enter(room_id)]
    items = get_all(table, [blocks_key, *keys] if keys else [])
    blocks = block_list_from_item(items.pop(blocks_key, None))
    rooms = [room_from_item(item) for item in items.values()]
    named = [room_key(room.circle_id, topic) for room in rooms for topic in room.topics.open]
    rooms += map(room_from_item, get_all(table, [key for key in named if key not in items]).values())
    found: dict[str, list[Room]] = {}
    for room in sorted(rooms, key=lambda room: room.id):
        if not room.settings.is_archived:
            found.setdefault(room.circle_id, []).append(room)
    return found, blocks


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
    """Yield the rooms that a member can enter, with archived topics."""
    rooms = iter_rooms(table, participant.circle_id)
    return (room for room in rooms if participant.can_enter(room.id))


def iter_rooms(table: Table, circle_id: str, *, consistent_read: bool = False) -> Iterator[Room]:
    return ROOMS.iter(table, _rooms_of(circle_id, PageRequest(PAGE_SIZE), consistent_read=consistent_read))


def _rooms_of(circle_id: str, page: PageRequest, *, consistent_read: bool = False) -> Query:
    pk = f"CIRCLE#{circle_id}"
    return Query(pk=pk, prefix="ROOM#", limit=page.limit, start=page.start, consistent_read=consistent_read)


def create_room(table: Table, room: Room, token: str) -> None:
    """Store a room and its first sequence block; unchanged if the room exists.

    token: makes a retry of this transaction succeed without effect.
    """
    try:
        table.transact([Put(room_to_item(room), ABSENT), first_block_write(room.circle_id, room.id)], token=token)
    except ConditionFailed:
        return


def room_to_item(room: Room) -> Item:
    """Return the item. Settings have an attribute only where they differ from their defaults: the item stays small."""
    item: Item = {
        **room_key(room.circle_id, room.id).attributes(),
        "name": room.name,
        "version": room.version,
        "pins": list(room.pins),
        "head": head_to_item(room.head),
        "head_version": room.head.version,
        "revision": room.head.revision,
        "settings_version": room.settings_version,
    }
    if room.purged_to:
        item["purged_to"] = room.purged_to
    if room.topics != Topics():
        item |= {"topics": list(room.topics.open), "archived_topics": room.topics.archived}
    return item | _circle_to_item(room) | _settings_to_item(room.settings)


def _circle_to_item(room: Room) -> Item:
    until = {"read_only_until": millis(room.read_only_until)} if room.read_only_until else {}
    return {"circle_version": room.circle_version, **({"read_only": True} if room.read_only else {}), **until}


def _settings_to_item(settings: RoomSettings) -> Item:
    defaults = RoomSettings()
    item = {
        "notice": settings.notice,
        "senders": str(settings.senders),
        "earlier_for_newcomers": settings.earlier_for_newcomers,
        "is_archived": settings.is_archived,
        "slow_mode_seconds": settings.slow_mode_seconds,
        "retention_days": settings.retention_days,
    }
    return {name: value for name, value in item.items() if value != getattr(defaults, name)}


def _settings_from_item(item: Item) -> RoomSettings:
    return RoomSettings(
        notice=item.get("notice", ""),
        senders=Senders(item.get("senders", Senders.MEMBERS)),
        earlier_for_newcomers=item.get("earlier_for_newcomers", True),
        is_archived=item.get("is_archived", False),
        slow_mode_seconds=item.get("slow_mode_seconds", 0),
        retention_days=item.get("retention_days", 0),
    )


def room_from_item(item: Item) -> Room:
    room_id, circle_id = item["sk"].removeprefix("ROOM#"), item["pk"].removeprefix("CIRCLE#")
    head, purged_to = head_from_item(item["head"], item["head_version"], item["revision"]), item.get("purged_to", 0)
    return Room(
        id=room_id,
        circle_id=circle_id,
        name=item["name"],
        version=item["version"],
        pins=tuple(item["pins"]),
        head=head.continue_after(purged_to),
        settings=_settings_from_item(item),
        settings_version=item["settings_version"],
        topics=Topics(tuple(item.get("topics", ())), item.get("archived_topics", 0)),
        purged_to=purged_to,
        read_only=item.get("read_only", False),
        read_only_until=from_millis(item["read_only_until"]) if "read_only_until" in item else None,
        circle_version=item["circle_version"],
    )


ROOMS = EntityStore(room_to_item, room_from_item, RoomNotFound, counters=frozenset({"head", "head_version", "revision"}))
