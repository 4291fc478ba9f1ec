"""Reactions to messages: a set per member and message, counted from the stream."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from services.chat.domain import Action, MemberReactions, Reaction, uncounted
from services.chat.errors import MessageNotFound
from services.chat.repository import messages, participants, rooms
from services.chat.repository import reactions as repository
from services.chat.repository.messages import room_of_message
from services.chat.settings import settings
from services.chat.usecases.open_rooms import require_open_room
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_to_room
from services.shared.messaging.stream import Change, Changes
from services.shared.security.auth import Caller
from services.shared.table.blocks import list_blocked_users
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import retry_on_write_conflict, update

MAX_COUNTED = 40  # members of one transaction


def add_reaction(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int, name: str) -> None:
    """React to a message. Unchanged if the caller has reacted so. The stream counts it and pushes the counts.

    Cost: 2 write units and 4 read units; 4.5 for a message of another user.
    Raises: CircleNotFound, RoomNotFound, CircleReadOnly, RoomArchived, ReactionNotFound, MessageNotFound (also for a tombstone,
    and for a message of a user that the caller blocked), ReactionLimitReached, RateLimitReached.
    """
    reaction, at = Reaction.named(name), ports.clock()
    # Consistent: a kicked member reacts to nothing from the moment that the kick is stored.
    participant = participants.require_participant(
        ports.table, circle_id, caller.user_id, Action.REACT, at, consistent_read=True
    )
    room = require_open_room(ports, participant, room_id, at)
    message = messages.get_message(ports.table, circle_id, room_id, seq)
    room.require_visible(message, participant.member_since, at)
    if message.is_by_another(caller.user_id) and message.sender in list_blocked_users(ports.table, caller.user_id):
        raise MessageNotFound
    load = partial(repository.load_reactions, ports.table, circle_id, room_id, caller.user_id, seq)
    update(ports, load, lambda own: own.add(reaction, at=ports.clock()), slot=_slot(ports, caller))


def remove_reaction(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int, name: str) -> None:
    """Take a reaction back, also of a tombstone. Unchanged if the caller has not reacted so.

    Cost: 2 write units and 3 read units.
    Raises: CircleNotFound, RoomNotFound, ReactionNotFound, RateLimitReached.
    """
    reaction = Reaction.named(name)
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    rooms.require_room(ports.table, participant, room_id)
    load = partial(repository.load_reactions, ports.table, circle_id, room_id, caller.user_id, seq)
    update(ports, load, lambda own: own.remove(reaction, at=ports.clock()), slot=_slot(ports, caller))


def _slot(ports: Ports, caller: Caller) -> Slot:
    return Slot(ports, caller.user_id, settings().rate("reaction"))


def group_reactions(changes: Changes) -> list[Changes]:
    """Return the changes of reactions that may not be counted, by message."""
    groups: dict[tuple[str, int], list[Change]] = defaultdict(list)
    for change in changes:
        if change.key.sk.startswith(repository.REACTION) and change.new and change.new["reactions"] != change.new["counted"]:
            groups[change.key.pk, repository.message_of_reactions(change.key)].append(change)
    return [group[start : start + MAX_COUNTED] for group in groups.values() for start in range(0, len(group), MAX_COUNTED)]


def count_reactions(ports: Ports, changes: Changes) -> None:
    """Count reactions to one message, and push its counts to the room once.

    What an item has and what of it is counted change with the count of the message, in one transaction. So the counts are
    exact for any repetition, order and cut of the records, and need no recount.
    Cost: per message 2 write units and 2 read units; per member 2 write units and 1 read unit.
    """
    circle_id, room_id = room_of_message(changes[0].key)
    seq, keys = repository.message_of_reactions(changes[0].key), [change.key for change in changes]

    def attempt() -> bool:
        stale = [each for each in repository.find_changed(ports.table, keys) if not each.is_counted]
        if not stale:
            return False
        message = messages.find_message(ports.table, circle_id, room_id, seq, consistent_read=True)
        if message is None or not message.has_content:
            return False
        changed: list[tuple[MemberReactions, MemberReactions]] = [(each, each.count(at=ports.clock())) for each in stale]
        repository.save_counted(ports, circle_id, changed, uncounted(stale))
        return True

    if retry_on_write_conflict(attempt):
        message = messages.find_message(ports.table, circle_id, room_id, seq, consistent_read=True)
        if message and message.is_shown:
            counts = [{"reaction": str(reaction), "count": count} for reaction, count in message.reactions]
            frame = {"type": "reactions", "room_id": room_id, "seq": seq, "reactions": counts}
            push_to_room(ports, circle_id, room_id, frame, author=message.sender, hidden={**frame, "reactions": []})
