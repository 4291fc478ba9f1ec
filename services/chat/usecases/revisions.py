"""What the stream derives from a change of a message: its earlier content, and the frames of open screens."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

from services.chat.domain import Message, MessageKind, MessageRevision
from services.chat.errors import RoomNotFound
from services.chat.repository import message_revisions, messages, rooms
from services.chat.repository.message_items import MESSAGE, message_from_item
from services.chat.repository.messages import room_of_message
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_to_room
from services.shared.kernel.clock import rfc3339
from services.shared.messaging.stream import Change, Changes
from services.shared.table.versioned import update


def is_revised(change: Change) -> bool:
    """Whether a message was edited, recalled or removed."""
    if not (change.key.sk.startswith(MESSAGE) and change.old and change.new):
        return False
    return message_from_item(change.old).revision < message_from_item(change.new).revision


def apply_revisions(ports: Ports, changes: Changes) -> None:
    """Store what these changes of messages replaced, and push what the messages are now. A repeat stores nothing more.

    The message is read as it is now: a late record must neither push a text that was recalled since, nor leave an earlier
    text of a message that was deleted since.
    Cost: 1 write unit and 1 read unit per change, and those of the push; for a recall or removal 1 read unit more, and 1
    write unit if it was pinned.
    """
    for change in changes:
        if not (change.old and change.new):
            continue
        circle_id, room_id = room_of_message(change.key)
        before, after = message_from_item(change.old), message_from_item(change.new)
        message_revisions.put_revision(ports.table, circle_id, MessageRevision.of(before, after))
        now = messages.find_message(ports.table, circle_id, room_id, after.seq, consistent_read=True)
        if now is None or now.kind is MessageKind.VOID:
            message_revisions.delete_revisions(ports.table, circle_id, room_id, after.seq)
            continue
        if not now.has_content:
            _unpin(ports, circle_id, room_id, now.seq)
        if not now.take_downs.is_down or not now.has_content:
            _push(ports, circle_id, now)


def _unpin(ports: Ports, circle_id: str, room_id: str, seq: int) -> None:
    load = partial(rooms.load_room, ports.table, circle_id, room_id)
    with suppress(RoomNotFound):
        update(ports, load, lambda room: room.unpin(seq, ports.clock()))


def _push(ports: Ports, circle_id: str, message: Message) -> None:
    """Push what a message is now. A connection whose user has blocked the sender gets no text."""
    frame: dict[str, Any] = {"room_id": message.room_id, "seq": message.seq, "revision": message.revision}
    if not message.has_content:
        push_to_room(ports, circle_id, message.room_id, {"type": str(message.kind), **frame})
        return
    frame |= {"type": "edited", "edited_at": rfc3339(message.changed_at or message.sent_at)}
    edited = {**frame, "text": message.text, "mentions": list(message.mentions)}
    hidden = {**frame, "text": "", "mentions": []}
    push_to_room(ports, circle_id, message.room_id, edited, author=message.sender, hidden=hidden)
