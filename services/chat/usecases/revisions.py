"""What the stream derives from a change of a message: its earlier content, and the frames of open screens."""

from __future__ import annotations

from services.chat.domain import Message, MessageKind, MessageRevision
from services.chat.repository import message_revisions, messages
from services.chat.repository.message_items import MESSAGE, message_from_item
from services.chat.repository.messages import room_of_message
from services.chat.usecases.pins import unpin_ended
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_edit, push_to_room
from services.shared.messaging.stream import Change, Changes


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
            unpin_ended(ports, circle_id, room_id, now.seq)
        if not now.take_downs.is_down or not now.has_content:
            _push(ports, circle_id, now)


def _push(ports: Ports, circle_id: str, message: Message) -> None:
    """Push what a message is now."""
    if message.has_content:
        push_edit(ports, circle_id, message)
        return
    frame = {"type": str(message.kind), "room_id": message.room_id, "seq": message.seq, "revision": message.revision}
    push_to_room(ports, circle_id, message.room_id, frame)
