"""The heads of rooms, derived from the table's stream: what a chat list reads instead of the history."""

from __future__ import annotations

from collections.abc import Sequence

from services.chat.domain import RoomHead
from services.chat.repository import rooms
from services.chat.repository.messages import MessageChanges, find_message, find_messages, room_of_message
from services.chat.usecases.history import list_history
from services.chat.usecases.ports import Ports
from services.shared.messaging.stream import Change
from services.shared.table.versioned import retry_on_write_conflict

PAGE_SIZE = 100
MAX_PAGES = 50  # of one call, so that it ends in time; the next change of the room continues


def update_head(ports: Ports, changes: Sequence[Change]) -> None:
    """Bring the head of a room up to some changes of its messages. A repeat changes nothing.

    The stream can bring a message before one with a smaller number, or lose one that was set aside. So what follows the head
    without a gap is taken from the changes, and all else from the history. A message that was changed (edited, recalled,
    removed, taken down or restored) is read as it is now: an older record of it can come later.
    Nothing is stored for a room that was deleted.
    Cost: 1 write unit and 1 read unit per room; 1 more read unit per 4 KB if numbers are missing, and per message that was
    changed.
    """
    circle_id, room_id = room_of_message(changes[0].key)
    messages = MessageChanges.of(changes)

    def attempt() -> None:
        room = rooms.find_room(ports.table, circle_id, room_id)
        if room is None:
            return
        head = room.head.append(messages.stored)
        # Not after deletions alone: of a circle that is being purged, no number becomes a void.
        head = catch_up(ports, circle_id, room_id, head) if messages.stored else head
        head = _revise(ports, circle_id, room_id, head, messages).delete(messages.deleted)
        if head != room.head:
            rooms.save_head(ports.table, room, head)

    retry_on_write_conflict(attempt)


def _revise(ports: Ports, circle_id: str, room_id: str, head: RoomHead, changes: MessageChanges) -> RoomHead:
    """Return a head with the changed messages as they are now, and with the newest one that counts as its last."""
    if not changes.revised:
        return head
    revised = find_messages(ports.table, circle_id, room_id, changes.revised, consistent_read=True)
    head = head.revise(revised, changes_counts=changes.changes_counts)
    newest = head.find_newest(())
    if newest is None or (head.last and head.last.seq == newest):
        return head
    return head.show(find_message(ports.table, circle_id, room_id, newest, consistent_read=True))


def catch_up(ports: Ports, circle_id: str, room_id: str, head: RoomHead) -> RoomHead:
    """Return a head with all that the history shows, if the head is behind.

    A missing number that is final becomes a void here. One that is not final stops the head, as it stops the history.
    """
    has_more, pages = head.is_behind, 0
    while has_more and pages < MAX_PAGES:
        page, has_more = list_history(ports, circle_id, room_id, head.last_seq, PAGE_SIZE, to_the_end=False)
        head, pages = head.append(page), pages + 1
    return head
