"""The rooms of a circle, and a user's own rooms: the chat list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.chat.domain import Action, LastMessage, Participant, ReadMarker, Room, RoomHead, hash_sender
from services.chat.repository import messages, participants, read_markers, rooms
from services.chat.settings import settings
from services.chat.usecases.heads import catch_up
from services.chat.usecases.history import find_first_seq, list_history
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller, SignedIn
from services.shared.table.blocks import BlockList


@dataclass(frozen=True, slots=True)
class OwnRoom:
    """A room of the caller, in the chat list.

    last_seq: the highest number that the history shows. last: the newest message that the caller sees, None if there is none.
    read_seq: the read marker. unread: how many messages of others, but not of blocked users, the history shows after it, up to
    `max_unread`. mentioned: whether one of them mentions the user, or all. muted_until: the end of the caller's mute in the
    circle; None without one.
    """

    room: Room
    last_seq: int
    last: LastMessage | None
    read_seq: int
    unread: int
    mentioned: bool
    muted_until: datetime | None


def list_rooms(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Room]:
    """Return a page of the rooms of a circle that the caller can enter.

    Cost: 1.5 read units.
    Raises: CircleNotFound.
    """
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    return rooms.list_rooms(ports.table, participant, page)


def list_own_rooms(ports: Ports, caller: Caller | SignedIn, page: PageRequest) -> Page[OwnRoom]:
    """Return a page of the rooms that the caller can enter in their circles, the one with the newest message first.

    The page is one of circles, in the order of their ids; its rooms are sorted by their last messages. It is read in two
    requests: the caller's account status and memberships with their read markers, and the rooms with their heads and the
    caller's block list; a third one reads topics that the caller has not read yet. All are eventually consistent, and a head
    follows its messages by the time of a stream. A count of 99 means 99 or more.

    Cost: 7 read units for 12 rooms, with the check of the account status. More where a head is behind a missing number, or
    where the caller or users that they blocked sent many of the last 128 messages and the read marker is before them: then
    messages are read, each once. And 0.5 where the last message is of a blocked user.
    Raises: of a caller who is not authorized yet, the errors of `authorize`.
    """
    memberships, markers, account_status = participants.list_participations(ports.table, caller.user_id, page)
    if isinstance(caller, SignedIn):
        caller = caller.authorize(account_status, ports.clock())
    found, blocks = rooms.find_own_rooms(ports.table, caller.user_id, memberships.items, markers)
    own = [
        _own_room(ports, room, membership, markers.get(room.circle_id, {}).get(room.id) or ReadMarker(room.id), blocks)
        for membership in memberships.items
        for room in found.get(membership.circle_id, ())
    ]
    return memberships.replace(sorted(own, key=_last_sent_at, reverse=True))


def _last_sent_at(own: OwnRoom) -> int:
    return millis(own.last.sent_at) if own.last else 0


def _own_room(ports: Ports, room: Room, membership: Participant, marker: ReadMarker, blocks: BlockList) -> OwnRoom:
    head = catch_up(ports, room.circle_id, room.id, room.head)
    since = room.visible_since(membership.member_since, ports.clock())
    last = _find_last(ports, room, head, blocks, since)
    visible = _from_visible(ports, room, head, marker, since)
    unread = _count_unread(ports, room, head, visible, membership.user_id, blocks)
    muted_until = membership.muted_until if membership.is_muted(ports.clock()) else None
    mentioned = _is_mentioned(head, visible, membership.user_id, blocks)
    return OwnRoom(room, head.last_seq, last, marker.seq, unread, mentioned, muted_until)


def _is_mentioned(head: RoomHead, marker: ReadMarker, user_id: str, blocks: BlockList) -> bool:
    """Return whether a message after the marker mentions the user, or all, and is of no user that they blocked.

    The newest numbers decide: 5 that mention the user, which the marker has, and 3 that mention all, which the head has.
    """
    excluded = frozenset(map(hash_sender, (user_id, *blocks.user_ids)))
    by_name = (seq for seq in marker.mentions if marker.seq < seq <= head.last_seq)
    return head.mentions_all_after(marker.seq, excluded) or any(head.is_counted(seq, excluded) for seq in by_name)


def _find_last(ports: Ports, room: Room, head: RoomHead, blocks: BlockList, since: datetime | None) -> LastMessage | None:
    """Return the newest message of a room, sent since a moment, that is of no user that the reader blocked.

    None if the room has none, or none among the recent numbers of the head: what is older is not searched, at any cost. A
    highlight that has expired stays in the head; it is not shown either.
    """
    last = _find_newest(ports, room, head, blocks)
    is_expired = last is not None and (last.seq <= room.purged_to or (since is not None and last.sent_at < since))
    return None if is_expired else last


def _find_newest(ports: Ports, room: Room, head: RoomHead, blocks: BlockList) -> LastMessage | None:
    if head.last is None or head.last.sender not in blocks.user_ids:
        return head.last
    seq = head.find_newest(frozenset(map(hash_sender, blocks.user_ids)))
    message = messages.find_message(ports.table, room.circle_id, room.id, seq) if seq else None
    return LastMessage.of(message) if message and message.is_shown else None


def _from_visible(ports: Ports, room: Room, head: RoomHead, marker: ReadMarker, since: datetime | None) -> ReadMarker:
    """Return a marker that is not before what its user can read: what has expired or is purged is not unread.

    Cost: nothing without such a moment, or without a message after the marker; otherwise that of `find_first_seq`.
    """
    marker = marker.from_number(room.purged_to)
    if since is None or marker.seq >= head.last_seq:
        return marker
    return marker.from_number(find_first_seq(ports, replace(room, head=head), since, marker.seq + 1) - 1)


def _count_unread(ports: Ports, room: Room, head: RoomHead, stored: ReadMarker, user_id: str, blocks: BlockList) -> int:
    """Return how many messages of others, but not of blocked users, are after a marker, up to the highest count shown.

    The recent numbers of the head decide, unless they do not reach back to the marker and too many of them do not count. Then
    the history between is read until enough messages count, and what was counted is stored with the marker: so a member who
    sends thousands of messages and reads none has each of them read once. After a change of the block list, or a take-down in
    the room, it is counted anew.
    """
    limit, has_more = settings().max_unread, True
    counted = marker = stored.under(blocks.version, head.revision)
    excluded = frozenset(map(hash_sender, (user_id, *blocks.user_ids)))
    while has_more and not head.covers(marker.next_uncounted):
        if marker.counted + head.count_after(marker.next_uncounted, excluded) >= limit:
            break
        page, has_more = list_history(ports, room.circle_id, room.id, marker.next_uncounted, limit, to_the_end=False)
        marker = marker.count(page, user_id, blocks.user_ids)
    if marker != counted:
        read_markers.save_counted(ports.table, user_id, room.circle_id, marker)
    return min(limit, marker.counted + head.count_after(marker.next_uncounted, excluded))
