"""What moderators change of rooms: topics that they open, and name, notice and settings of each room."""

from __future__ import annotations

from functools import partial
from typing import Any

from services.chat.domain import Action, Participant, Room, RoomKind, lobby_id
from services.chat.errors import CircleReadOnly, RoleNotAllowed
from services.chat.repository import circles, messages, participants, rooms
from services.chat.repository.retention_jobs import retention_job_write
from services.chat.repository.room_acts import act_write
from services.chat.settings import settings
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_to_room
from services.chat.usecases.retention import find_last_expired
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.audit import canonical_json
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.port import Write
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update

TEXTS = frozenset({"name", "notice"})  # an entry has only their hash: texts can be erased, entries cannot


def require_moderator(ports: Ports, caller: Caller, circle_id: str, action: Action) -> Participant:
    """Return the membership of a caller who can do this in the rooms of a circle that is not read-only.

    Consistent: a moderator who was demoted or kicked changes nothing from the moment that this is stored.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleReadOnly.
    """
    at = ports.clock()
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, action, at, consistent_read=True)
    if circles.get_circle(ports.table, circle_id).is_read_only(at):
        raise CircleReadOnly
    return participant


def open_topic(ports: Ports, caller: Caller, circle_id: str, name: str, notice: str, key: IdempotencyKey) -> Room:
    """Open a topic: a room of all members. It is pushed to the lobby's subscribers as `room_changed`.

    The lobby has the ids of the topics. It is written in the same transaction, so parallel calls never exceed the limit.
    The audit entry is in that transaction too.
    Cost: 9 write units and 4 read units, and 2 from the stream.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleReadOnly, TopicLimitReached, RateLimitReached, KeyReused.
    """
    require_moderator(ports, caller, circle_id, Action.MANAGE_ROOMS)
    room_id, opened = key.id("rom"), list[Room]()

    def build() -> Changed[Room]:
        at, lobby = ports.clock(), rooms.load_room(ports.table, circle_id, lobby_id(circle_id))
        room = lobby.entity.new_topic(room_id, name, notice)
        opened.append(room)
        with_topic = lobby.entity.with_topics(lobby.entity.topics.add(room_id), at)
        opening = act_write(ports, room, "topic opened", caller.user_id, is_new=True, name=name, notice=notice)
        return Changed(room, also=[lobby.write(ports, with_topic), messages.first_block_write(circle_id, room_id), opening])

    slot = Slot.of_key(ports, key, settings().rate("change"))
    room = create(ports, key, slot, rooms.ROOMS, rooms.room_key(circle_id, room_id), build)
    if room in opened:
        push_to_room(ports, circle_id, lobby_id(circle_id), _frame(room))
    return room


def update_room(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, request: ChangeRequest, changes: dict[str, Any]
) -> Room:
    """Change name, notice and settings of a room, and push this to its subscribers; of a topic also to those of the lobby.

    changes: the new values by field; a field that is absent stays. Archiving or reopening a topic changes the lobby's list of
        topics in the same transaction.
    Unchanged, and not pushed, if all values are the same, or if the request was applied before.
    A retention is for co-owners and the owner. The audit entry names the fields that changed.
    Cost: 5 write units and 5.5 read units, and 2 from the stream; 7 and 6.5 to archive or reopen a topic.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleReadOnly, RoomNotFound, RoomNotTopic, TopicLimitReached,
    PreconditionFailed (another version of the settings than the caller read), KeyReused, RateLimitReached.
    """
    participant = require_moderator(ports, caller, circle_id, Action.MANAGE_ROOMS)
    if "retention_days" in changes and not participant.can(Action.SET_RETENTION):
        raise RoleNotAllowed
    loaded: list[Room] = []

    def change(room: Room) -> Room | Changed[Room]:
        loaded.append(room)
        at = ports.clock()
        after, also = room.update(changes, at), list[Write]()
        if after == room:
            return room
        if after.settings.retention_days != room.settings.retention_days:
            # What has expired by now stays so: a longer retention brings nothing back.
            after = after.purge(find_last_expired(ports, room), at)
            also.append(retention_job_write(after, at))
        if after.settings.is_archived != room.settings.is_archived:
            also.append(_list_topic(ports, after))
        return Changed(after, also=[*also, _recorded(ports, room, after, caller, changes)])

    load = partial(rooms.load_room, ports.table, circle_id, room_id)
    room = update(ports, load, change, request=request, version_of=lambda room: room.settings_version)
    if room in loaded or not loaded:
        return room
    push_to_room(ports, circle_id, room_id, _frame(room))
    if room.kind is RoomKind.TOPIC:
        push_to_room(ports, circle_id, lobby_id(circle_id), _frame(room))
    return room


def _recorded(ports: Ports, before: Room, after: Room, caller: Caller, changes: dict[str, Any]) -> Write:
    """Return the write of the audit entry. It names each field that changed, and shows the values that are no texts."""
    changed = before.select_changed(changes)
    fields = (name if name in TEXTS else f"{name} {canonical_json(value)}" for name, value in sorted(changed.items()))
    return act_write(ports, after, f"room changed: {', '.join(fields)}", caller.user_id, **changed)


def _list_topic(ports: Ports, topic: Room) -> Write:
    """Return the write that moves a topic to the archived ones of its lobby, or back."""
    lobby = rooms.load_room(ports.table, topic.circle_id, lobby_id(topic.circle_id))
    topics = lobby.entity.topics
    topics = topics.archive(topic.id) if topic.settings.is_archived else topics.reopen(topic.id)
    return lobby.write(ports, lobby.entity.with_topics(topics, ports.clock()))


def _frame(room: Room) -> dict[str, Any]:
    """Return what a push has of a change: the client reads the room again, as far as its user can enter it."""
    return {"type": "room_changed", "room_id": room.id, "etag": str(room.settings_version)}
