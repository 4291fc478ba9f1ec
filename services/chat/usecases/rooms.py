"""The rooms of a circle, and a user's own rooms: the chat list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.chat.domain import Action, LastMessage, Participant, ReadMarker, Room, RoomHead
from services.chat.repository import participants, read_markers, rooms
from services.chat.settings import settings
from services.chat.usecases.heads import catch_up
from services.chat.usecases.history import list_history
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller


@dataclass(frozen=True, slots=True)
class OwnRoom:
    """A room of the caller, in the chat list.

    last_seq: the highest number that the history shows. last: the newest message, None if there is none.
    read_seq: the read marker. unread: how many messages of others the history shows after it, up to `max_unread`.
    muted_until: the end of the caller's mute in the circle; None without one.
    """

    room: Room
    last_seq: int
    last: LastMessage | None
    read_seq: int
    unread: int
    muted_until: datetime | None


def list_rooms(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Room]:
    """Return a page of the rooms of a circle.

    Cost: 1.5 read units.
    Raises: CircleNotFound.
    """
    participants.require_participant(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    return rooms.list_rooms(ports.table, circle_id, page)


def list_own_rooms(ports: Ports, caller: Caller, page: PageRequest) -> Page[OwnRoom]:
    """Return a page of the rooms of the caller's circles, the one with the newest message first.

    The page is one of circles, in the order of their ids; its rooms are sorted by their last messages. It is read in two
    requests: the caller's memberships with their read markers, and the rooms with their heads. Both are eventually consistent,
    and a head follows its messages by the time of a stream. A count of 99 means 99 or more.

    Cost: 7 read units for 12 rooms. More where a head is behind a missing number, or where the caller sent many of the last 128
    messages and has a read marker before them: then messages are read, each once.
    """
    memberships, markers = participants.list_participations(ports.table, caller.user_id, page)
    lobbies = rooms.find_lobbies(ports.table, [membership.circle_id for membership in memberships.items])
    own = [
        _own_room(ports, lobbies[membership.circle_id], membership, markers)
        for membership in memberships.items
        if membership.circle_id in lobbies
    ]
    return memberships.replace(sorted(own, key=_last_sent_at, reverse=True))


def _last_sent_at(own: OwnRoom) -> int:
    return millis(own.last.sent_at) if own.last else 0


def _own_room(ports: Ports, room: Room, membership: Participant, markers: dict[str, ReadMarker]) -> OwnRoom:
    marker = markers.get(room.id) or ReadMarker(room.id)
    head = catch_up(ports, room.circle_id, room.id, room.head)
    unread = _count_unread(ports, room, head, marker, membership.user_id)
    muted_until = membership.muted_until if membership.is_muted(ports.clock()) else None
    # Rooms show the messages of users that the reader blocked, and so does the list.
    return OwnRoom(room, head.last_seq, head.last, marker.seq, unread, muted_until)


def _count_unread(ports: Ports, room: Room, head: RoomHead, stored: ReadMarker, user_id: str) -> int:
    """Return how many messages of others are after a user's marker, up to the highest count that is shown.

    The recent numbers of the head decide, unless they do not reach back to the marker and too many of them are the user's own.
    Then the history between is read until enough messages count, and what was counted is stored with the marker: so a member
    who sends thousands of messages and reads none has each of them read once.
    """
    limit, marker, has_more = settings().max_unread, stored, True
    while has_more and not head.covers(marker.next_uncounted):
        if marker.counted + head.count_after(marker.next_uncounted, user_id) >= limit:
            break
        page, has_more = list_history(ports, room.circle_id, room.id, marker.next_uncounted, limit, to_the_end=False)
        marker = marker.count(page, user_id)
    if marker != stored:
        read_markers.save_counted(ports.table, user_id, room.circle_id, marker)
    return min(limit, marker.counted + head.count_after(marker.next_uncounted, user_id))
