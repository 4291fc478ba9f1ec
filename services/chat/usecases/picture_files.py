"""The files of pictures, which follow their messages: derived from the table's stream.

Whatever deletes a message or its pictures, such as an erasure, a recall or a retention, needs no step of its own for the files.
"""

from __future__ import annotations

from services.chat.domain import Message
from services.chat.repository.messages import changed_message, find_message, room_of_message
from services.chat.usecases.ports import Ports
from services.shared.messaging.stream import Change, Changes
from services.shared.pictures.checks import find_unused_picture
from services.shared.pictures.files import delete_picture, move_picture


def has_files(change: Change) -> bool:
    """Whether a change can be about files: of a message that had pictures, or the end of an upload that no message used."""
    return bool(change.old and change.old.get("pictures")) or find_unused_picture(change) is not None


def update_files(ports: Ports, changes: Changes) -> None:
    """Delete, hide or show the files that these changes are about. A repeat changes nothing."""
    for change in changes:
        if unused := find_unused_picture(change):
            delete_picture(ports.pictures, *unused)
        else:
            _follow_message(ports, change)


def delete_files(ports: Ports, message: Message) -> None:
    """Delete the files of a message's pictures, also those that were taken down. A repeat changes nothing."""
    for picture in message.pictures:
        delete_picture(ports.pictures, message.room_id, message.sender, picture.id)


def _follow_message(ports: Ports, change: Change) -> None:
    """Delete the files of a message that has no pictures any more; move them if it was taken down, or is back.

    The message is read as it is now, and again after its files were moved: of two records that are processed at once, the last
    one leaves the files as the message needs them.
    """
    before, after = changed_message(change)
    if before is None:
        return
    if after and after.pictures and after.take_downs.is_down == before.take_downs.is_down:
        return
    circle_id, room_id = room_of_message(change.key)
    is_moved_to = None
    while True:
        message = find_message(ports.table, circle_id, room_id, before.seq, consistent_read=True)
        if message is None or not message.pictures:
            delete_files(ports, before)
            return
        is_hidden = message.take_downs.is_down
        if is_hidden == is_moved_to:
            return
        for picture in message.pictures:
            move_picture(ports.pictures, room_id, message.sender, picture.id, is_hidden=is_hidden)
        is_moved_to = is_hidden
