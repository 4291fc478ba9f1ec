"""Changing messages after they were sent: edits and recalls by the sender, removals by moderators."""

from __future__ import annotations

from functools import partial

from services.chat.domain import Action, Message, MessageKind, MessageRevision
from services.chat.errors import MessageNotFound, RoleNotAllowed
from services.chat.repository import message_revisions, messages, participants, rooms
from services.chat.usecases.guardrails import judge_message
from services.chat.usecases.highlights import with_highlights
from services.chat.usecases.messages import HistoryEntry, history_entries
from services.chat.usecases.open_rooms import require_room_of_sender
from services.chat.usecases.ports import Ports
from services.chat.usecases.send_checks import is_over_limits
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, Versioned, update


def update_message(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    room_id: str,
    seq: int,
    request: ChangeRequest,
    text: str,
    mentions: tuple[str, ...] = (),
) -> HistoryEntry:
    """Replace the text of the caller's message and the users that it mentions, and return it.

    The stream stores the earlier text, pushes the new one and notifies the users that were not mentioned before. The text
    passes the checks of a send; one that adds products is judged as a new message is.
    Cost: 2 write units and 3.5 read units.
    Raises: CircleNotFound, CallerMuted, RoomNotFound, CircleReadOnly, RoomArchived, NewcomerLimitExceeded, MessageNotFound
    (also for a tombstone), RoleNotAllowed (another sender, or the room has other senders), EditExpired, PreconditionFailed,
    SellingNotOpen, GuardrailReached, KeyReused, RateLimitReached.
    """
    at = ports.clock()
    # Consistent: a member who was kicked or muted writes nothing from the moment that this is stored.
    participant = participants.require_participant(
        ports.table, circle_id, caller.user_id, Action.SEND, at, consistent_read=True
    )
    room = require_room_of_sender(ports, participant, room_id, at)
    participant.require_newcomer_limits(is_over=is_over_limits(text, mentions))

    def load() -> Versioned[Message]:
        # Before the ETag is compared: a recall that came first is a 404, not a 412 that invites another try.
        loaded = messages.load_message(ports.table, circle_id, room_id, seq)
        loaded.entity.require_shown()
        room.require_visible(loaded.entity, participant.member_since, at)
        return loaded

    change = partial(_edit, ports, caller, circle_id, text, mentions)
    edited = update(ports, load, change, request=request)
    return history_entries(ports, caller, room, [edited], room.visible_since(participant.member_since, at))[0]


def _edit(
    ports: Ports, caller: Caller, circle_id: str, text: str, mentions: tuple[str, ...], stored: Message
) -> Message | Changed[Message]:
    edited = stored.edit(caller.user_id, text, mentions, at=ports.clock())
    return stored if edited == stored else judge_message(ports, circle_id, edited, before=stored)


def recall_message(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int) -> None:
    """Erase the content of the caller's message. A tombstone stays, so that no number is missing.

    The stream unpins it, pushes this, and stores the text for moderators to read for a while. It can be down, and the caller
    muted. Unchanged if it is recalled, or if a moderator has removed it.
    Cost: 1 write unit and 2.5 read units; of a highlight 4 and 3.5.
    Raises: CircleNotFound, RoomNotFound, MessageNotFound, RoleNotAllowed (another sender), RecallExpired.
    """
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    room = rooms.require_room(ports.table, participant, room_id)
    load = partial(messages.load_message_to_erase, ports.table, circle_id, room_id, seq)
    update(ports, load, lambda message: with_highlights(ports, room, message, message.recall(caller.user_id, at=ports.clock())))


def remove_message(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int, reason: str) -> None:
    """Erase the content of a message, as a moderator whose rank is above its sender's. Its sender reads the reason.

    The stream writes the audit entry, and does what it does for a recall.
    Unchanged if it is removed: the first reason stays.
    Cost: 1 write unit and 4.5 read units; of a highlight 4 and 5.5.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, RoomNotFound, MessageNotFound (also if it was recalled, or is down).
    """
    # Consistent: a moderator who was demoted or kicked removes nothing from the moment that this is stored.
    by = participants.require_participant(
        ports.table, circle_id, caller.user_id, Action.REMOVE_MESSAGE, ports.clock(), consistent_read=True
    )
    room = rooms.require_room(ports.table, by, room_id)
    load = partial(messages.load_message_to_erase, ports.table, circle_id, room_id, seq)
    # The rank of a past member protects what they sent, too. The sender of a message never changes, unless it is erased.
    sender = participants.find_participant(ports.table, circle_id, load().entity.sender)
    if sender is None:
        raise MessageNotFound

    def remove(message: Message) -> Message | Changed[Message]:
        removed = message.remove(by, sender, reason, ports.new_id("salt"), at=ports.clock())
        return with_highlights(ports, room, message, removed)

    update(ports, load, remove)


def list_message_revisions(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int, page: PageRequest
) -> Page[MessageRevision]:
    """Return a page of what a message was before, newest first, for as long as that is kept.

    Moderators can read the earlier contents of each message, also of one that was recalled or removed; senders those of their
    own messages that readers see. Those of a message that is down do not exist.
    Cost: 3 read units.
    Raises: CircleNotFound, RoomNotFound, RoleNotAllowed, MessageNotFound.
    """
    participant = participants.require_participant(
        ports.table, circle_id, caller.user_id, Action.READ, ports.clock(), consistent_read=True
    )
    room = rooms.require_room(ports.table, participant, room_id)
    message = messages.find_message(ports.table, circle_id, room_id, seq)
    if message is None or message.kind is MessageKind.VOID or message.take_downs.is_down:
        raise MessageNotFound
    room.require_visible(message, participant.member_since, ports.clock())
    if not participant.can(Action.READ_REVISIONS):
        message.require_shown()
        if message.sender != caller.user_id:
            raise RoleNotAllowed
    return message_revisions.list_revisions(ports.table, circle_id, room_id, seq, page, ports.clock())
