"""The retention of a room: messages that are older are not shown, and deleted by the schedule.

Deleted are messages and voids; highlights stay. The blocks of numbers stay too, so that a late retry finds its number and is
not sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from services.chat.domain import Message, Room
from services.chat.errors import RoomNotFound
from services.chat.repository import messages, rooms
from services.chat.repository.message_revisions import delete_revisions
from services.chat.repository.reactions import delete_reactions_until
from services.chat.repository.retention_jobs import plan_purge_of_room
from services.chat.usecases.heads import catch_up
from services.chat.usecases.history import find_first_seq
from services.chat.usecases.ports import Ports
from services.shared.table.jobs import Job
from services.shared.table.versioned import update


def find_last_expired(ports: Ports, room: Room) -> int:
    """Return the highest number of a room that has expired, or up to which it is purged.

    A message that was sent a few seconds after the next one can expire with it. A number that is missing before a message is
    made a void first: in a room that is quiet since a send crashed, no reader does this.
    Cost: 0.5 read units per doubling of the messages that have expired.
    """
    room = replace(room, head=catch_up(ports, room.circle_id, room.id, room.head))
    return find_first_seq(ports, room, room.retained_since(ports.clock()), room.purged_to + 1) - 1


def purge_room(ports: Ports, job: Job) -> Iterator[None]:
    """Delete what has expired in a room, and plan the next purge. Yields after each step; each is safe to repeat.

    The room names the number before the first message is deleted: a reader finds either the message, or that it is purged.
    The highest number of the head is the last that can be purged, so the head continues without a gap.
    Cost: 35 write units and 8 read units for 32 messages: 1 write unit each, and 1 read unit per 4 KB. If members reacted to
    them, 1 write unit per member and message, and 0.5 read units per 4 KB of all reactions in the room. The highlights among
    them are read again each time.
    """
    circle_id, _, room_id = job.id.partition("/")
    room = rooms.find_room(ports.table, circle_id, room_id)
    if room is None:
        return
    last = find_last_expired(ports, room)
    if last > room.purged_to:
        try:
            load = partial(rooms.load_room, ports.table, circle_id, room_id)
            update(ports, load, lambda room: room.purge(last, ports.clock()))
        except RoomNotFound:
            return
        yield
    # From the first message on, so that what an interrupted run left is deleted too. All reactions are deleted before the first
    # message that can have some: after a crash, that message is still the reason to delete them.
    has_reactions = True
    for message in messages.iter_messages_until(ports.table, circle_id, room_id, last):
        if has_reactions and message.can_have_reactions and not message.highlighted_at:
            yield from delete_reactions_until(ports.table, circle_id, room_id, last)
            has_reactions = False
        _delete_message(ports, circle_id, message)
        yield
    if room.settings.retention_days:
        plan_purge_of_room(ports.table, room, ports.clock())
        yield


def _delete_message(ports: Ports, circle_id: str, message: Message) -> None:
    """Delete a message, after its earlier texts. The stream deletes the files of its pictures.

    Of a highlight, also of one that is down, the earlier texts alone are deleted.
    """
    if message.revision > 1:
        delete_revisions(ports.table, circle_id, message.room_id, message.seq)
    if not message.highlighted_at:
        messages.delete_message(ports.table, circle_id, message)
