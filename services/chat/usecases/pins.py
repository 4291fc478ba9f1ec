"""Pinned messages of a room, shown in the history and in a list of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from services.chat.domain import Action, Room
from services.chat.errors import PinLimitReached, RoomNotFound
from services.chat.repository import messages, participants, rooms
from services.chat.repository.room_acts import act_write
from services.chat.settings import settings
from services.chat.usecases.messages import HistoryEntry, history_entries
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_to_room
from services.chat.usecases.room_changes import require_moderator
from services.shared.kernel.pages import Page
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update


def pin_message(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int) -> None:
    """Pin a message and push this to the room's subscribers. Unchanged, and not pushed, if it is pinned.

    Cost: 5 write units and 5.5 read units, and 2 from the stream; 5 read units more where the room
    has as many pins as it can have.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleReadOnly, RoomNotFound, MessageNotFound (also for a
    tombstone), PinLimitReached, RateLimitReached.
    """
    participant = require_moderator(ports, caller, circle_id, Action.PIN)
    message = messages.get_message(ports.table, circle_id, room_id, seq)

    def pin(room: Room) -> Room:
        at = ports.clock()
        room.require_visible(message, participant.member_since, at)
        try:
            return room.pin(seq, at)
        except PinLimitReached:
            return room.unpin(*_list_ended(ports, room), at=at).pin(seq, at)

    if _change_room(ports, caller, circle_id, room_id, f"message {seq} pinned", pin):
        push_to_room(ports, circle_id, room_id, {"type": "pinned", "room_id": room_id, "seq": seq})


def _list_ended(ports: Ports, room: Room) -> list[int]:
    """Return the pins that no reader sees any more: their messages have expired, and the purge or the stream will unpin them.

    Cost: 1 read unit per pin, consistent: a message that was pinned a moment ago is found.
    """
    since = room.retained_since(ports.clock())
    pinned = messages.find_messages(ports.table, room.circle_id, room.id, room.pins, consistent_read=True)
    shown = {message.seq for message in pinned if message.is_shown and not message.is_before(since)}
    return [seq for seq in room.pins if seq not in shown]


def unpin_message(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int) -> None:
    """Unpin a message and push this to the room's subscribers. Unchanged, and not pushed, if it is not pinned.

    Cost: 5 write units and 5 read units, and 2 from the stream.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleReadOnly, RoomNotFound, RateLimitReached.
    """
    require_moderator(ports, caller, circle_id, Action.PIN)
    unpin = partial(_unpin, ports, seq)
    if _change_room(ports, caller, circle_id, room_id, f"message {seq} unpinned", unpin):
        push_to_room(ports, circle_id, room_id, {"type": "unpinned", "room_id": room_id, "seq": seq})


def unpin_ended(ports: Ports, circle_id: str, room_id: str, seq: int) -> None:
    """Unpin a message that readers see no more. Unchanged if it is not pinned, or if the room is deleted."""
    load = partial(rooms.load_room, ports.table, circle_id, room_id)
    with suppress(RoomNotFound):
        update(ports, load, partial(_unpin, ports, seq))


def _unpin(ports: Ports, seq: int, room: Room) -> Room:
    return room.unpin(seq, at=ports.clock())


def list_pinned_messages(ports: Ports, caller: Caller, circle_id: str, room_id: str) -> Page[HistoryEntry]:
    """Return the pinned messages of a room, the newest pin first, without those of users that the caller blocked.

    Cost: 5 read units for 5 pins, and 0.5 per product card.
    Raises: CircleNotFound, RoomNotFound.
    """
    # Consistent, as for the history: a kicked member reads nothing from the moment that the kick is stored.
    participant = participants.require_participant(
        ports.table, circle_id, caller.user_id, Action.READ, ports.clock(), consistent_read=True
    )
    room = rooms.require_room(ports.table, participant, room_id)
    # Eventually consistent: a message that was sent and pinned a moment ago can be missing, and is left out.
    since = room.visible_since(participant.member_since, ports.clock())
    pinned = messages.find_messages(ports.table, circle_id, room_id, room.pins)
    visible = [message for message in pinned if not message.is_before(since)]
    entries = history_entries(ports, caller, room, visible, since)
    return Page([entry for entry in entries if entry.is_pinned])


def _change_room(ports: Ports, caller: Caller, circle_id: str, room_id: str, act: str, change: Callable[[Room], Room]) -> bool:
    """Change a room under its version, so that parallel pins never exceed the limit; return whether it changed.

    act: for the audit entry, which is in the same transaction.
    """
    loaded: list[Room] = []

    def change_loaded(room: Room) -> Room | Changed[Room]:
        loaded.append(room)
        after = change(room)
        return after if after == room else Changed(after, also=[act_write(ports, after, act, caller.user_id, pins=after.pins)])

    slot = Slot(ports, caller.user_id, settings().rate("change"))
    load = partial(rooms.load_room, ports.table, circle_id, room_id)
    return update(ports, load, change_loaded, slot=slot) != loaded[-1]
