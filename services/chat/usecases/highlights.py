"""The highlights (精华) of a room: messages that its moderators keep, also after they have expired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from services.chat.domain import Action, Message, Participant, Room
from services.chat.errors import MessageNotFound
from services.chat.repository import messages, participants, rooms
from services.chat.repository.highlights import get_highlights, highlight_writes
from services.chat.repository.retention_jobs import retention_job_write
from services.chat.repository.room_acts import act_write
from services.chat.settings import settings
from services.chat.usecases.messages import HistoryEntry, history_entries
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_to_room
from services.chat.usecases.room_changes import require_moderator
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update


def highlight_message(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int) -> None:
    """Add a message to the highlights of its room, and push this. Unchanged, and not pushed, if it is one.

    A purge leaves it. It is a highlight until it is taken out, recalled, removed or erased.
    Cost: 7 write units and 7 read units, and 2 from the stream.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleReadOnly, RoomNotFound, MessageNotFound (also for a tombstone,
    and for a message that has expired), HighlightLimitReached, RateLimitReached.
    """
    participant = require_moderator(ports, caller, circle_id, Action.HIGHLIGHT)
    room = rooms.load_room(ports.table, circle_id, room_id).entity

    def highlight(message: Message) -> Message:
        highlighted = message.highlight(ports.clock())
        room.require_readable(message, participant.member_since, ports.clock())
        return highlighted

    _change(ports, caller, room, seq, highlight)


def unhighlight_message(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int) -> None:
    """Take a message out of the highlights of its room, and push this. Unchanged, and not pushed, if it is none.

    The next purge deletes it if it has expired.
    Cost: 7 write units and 7 read units, and 2 from the stream; 2 write units more for one that is purged but for this.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleReadOnly, RoomNotFound, RateLimitReached.
    """
    require_moderator(ports, caller, circle_id, Action.HIGHLIGHT)
    room = rooms.load_room(ports.table, circle_id, room_id).entity
    with suppress(MessageNotFound):  # a purge was faster
        _change(ports, caller, room, seq, lambda message: message.unhighlight(ports.clock()))


def _change(ports: Ports, caller: Caller, room: Room, seq: int, change: Callable[[Message], Message]) -> None:
    """Change a message, the list of highlights and the audit trail in one transaction, and push what the message is now."""
    loaded: list[Message] = []

    def change_loaded(message: Message) -> Message | Changed[Message]:
        loaded.append(message)
        changed = with_highlights(ports, room, message, change(message))
        return _recorded(ports, caller, room, changed) if isinstance(changed, Changed) else changed

    slot = Slot(ports, caller.user_id, settings().rate("change"))
    load = partial(messages.load_message, ports.table, room.circle_id, room.id, seq)
    message = update(ports, load, change_loaded, slot=slot)
    if message != loaded[-1]:
        frame = "highlighted" if message.highlighted_at else "unhighlighted"
        etag = str(message.version)
        push_to_room(ports, room.circle_id, room.id, {"type": frame, "room_id": room.id, "seq": seq, "etag": etag})


def _recorded(ports: Ports, caller: Caller, room: Room, changed: Changed[Message]) -> Changed[Message]:
    """Add the audit entry. A recall or removal that ends a highlight has none here: a removal has one of its own."""
    message = changed.after
    act = "highlighted" if message.highlighted_at else "unhighlighted"
    return replace(changed, also=[*changed.also, act_write(ports, room, f"message {message.seq} {act}", caller.user_id)])


def with_highlights(ports: Ports, room: Room, before: Message, after: Message) -> Message | Changed[Message]:
    """Return a change of a message with the list of highlights, if it becomes one or is one no more.

    A message that is left of a purge because it was a highlight needs a purge again, also in a room without a retention now.
    Raises: HighlightLimitReached.
    """
    writes = highlight_writes(ports.table, room.circle_id, before, after)
    if not writes:
        return after
    if after.seq <= room.purged_to and not after.highlighted_at:
        writes.append(retention_job_write(room, ports.clock()))
    return Changed(after, also=writes)


def list_highlighted_messages(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, page: PageRequest
) -> Page[HistoryEntry]:
    """Return a page of the highlights of a room that the caller can read, the newest message first.

    Those of users that the caller blocked are left out, and where the room says so those from before the member joined. What
    has expired is listed. The messages are read consistently: what is recalled, removed or taken down is not.
    Cost: 23 read units for 20, and 0.5 per product card.
    Raises: CircleNotFound, RoomNotFound.
    """
    participant = participants.require_participant(
        ports.table, circle_id, caller.user_id, Action.READ, ports.clock(), consistent_read=True
    )
    room = rooms.require_room(ports.table, participant, room_id)
    seqs = get_highlights(ports.table, circle_id, room_id).seqs
    left = [seq for seq in seqs if page.start is None or seq < page.start["seq"]]
    found: list[HistoryEntry] = []
    # One more than the page, so that no cursor leads to an empty page.
    while left and len(found) <= page.limit:
        missing = page.limit + 1 - len(found)
        part, left = left[:missing], left[missing:]
        found += _readable(ports, caller, participant, room, part)
    listed = found[: page.limit]
    return Page(listed, {"seq": listed[-1].message.seq} if len(found) > page.limit else None)


def _readable(ports: Ports, caller: Caller, participant: Participant, room: Room, seqs: Sequence[int]) -> list[HistoryEntry]:
    """Return those of these messages that are highlights and that the caller can read."""
    read = messages.find_messages(ports.table, room.circle_id, room.id, seqs, consistent_read=True)
    joined = room.joined_since(participant.member_since)
    readable = [message for message in read if message.is_highlight and not message.is_before(joined)]
    since = room.visible_since(participant.member_since, ports.clock())
    entries = history_entries(ports, caller, room, readable, since)
    return [entry for entry in entries if entry.message.has_content]
