"""The rooms of a circle, and a user's own rooms with what is unread."""

from __future__ import annotations

from dataclasses import dataclass

from services.chat.domain import Action, Room
from services.chat.repository import participants, read_markers, rooms
from services.chat.settings import settings
from services.chat.usecases.history import list_history
from services.chat.usecases.ports import Ports
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.table.blocks import list_blocked_users


@dataclass(frozen=True, slots=True)
class OwnRoom:
    """A room of the caller.

    read_seq: the read marker. unread: how many messages of others, but not of blocked users, are after it, up to `max_unread`.
    """

    room: Room
    read_seq: int
    unread: int


def list_rooms(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Room]:
    """Return a page of the rooms of a circle that the caller can enter.

    Cost: 1.5 read units.
    Raises: CircleNotFound.
    """
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    return rooms.list_rooms(ports.table, participant, page)


def list_own_rooms(ports: Ports, caller: Caller, page: PageRequest) -> Page[OwnRoom]:
    """Return a page of the rooms that the caller can enter in their circles, each with its read marker and unread count.

    The limit counts memberships. A count of 99 means 99 or more.
    Cost: 25.5 read units for 12 rooms; 1 write unit per room with more than 99 new messages of which fewer than 99 count.
    """
    memberships = participants.list_participations(ports.table, caller.user_id, page)
    blocked = frozenset(list_blocked_users(ports.table, caller.user_id)) if memberships.items else frozenset()
    return memberships.replace(
        _own_room(ports, room, caller.user_id, blocked)
        for membership in memberships.items
        for room in rooms.iter_own_rooms(ports.table, membership)
    )


def _own_room(ports: Ports, room: Room, user_id: str, blocked: frozenset[str]) -> OwnRoom:
    """Return a room with what is unread: the messages that the history shows after the user's marker and that count.

    The history is read until enough messages count, or to its end. Where the first page did not decide, what was counted is
    stored with the marker: so a member who sends thousands of messages and reads none has each of them read once.
    """
    limit = settings().max_unread
    stored = marker = read_markers.get_read_marker(ports.table, user_id, room.id)
    pages, has_more = 0, True
    while has_more and marker.counted < limit:
        start = marker.next_uncounted
        page, has_more = list_history(ports, room.circle_id, room.id, start, limit, to_the_end=False)
        marker, pages = marker.count(page, user_id, blocked), pages + 1
    if pages > 1 and marker != stored:
        read_markers.save_counted(ports.table, user_id, room.id, marker)
    return OwnRoom(room, marker.seq, min(marker.counted, limit))
