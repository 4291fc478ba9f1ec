"""The history of a room without gaps: what messages, unread counts and their readers all go by."""

from __future__ import annotations

from datetime import datetime

from services.chat.domain import Message, Room, SequenceBlock, is_final, void
from services.chat.repository import messages, rooms
from services.chat.usecases.ports import Ports

PAGE_SIZE = 100  # of what is read beyond the head of a room, at least


def list_history_until(ports: Ports, room: Room, until: int | None, limit: int) -> tuple[list[Message], bool]:
    """Return the last `limit` messages up to a number, or of the room, in order; and whether more can be read after them.

    All numbers up to that of the room's head are final, so the page is read forwards from there, as `list_history` does. A page
    that was read backwards could be above a number that can still get its message, and its reader would never get that one.

    Cost: 1 read unit per 4 KB of the page; where the head is behind, also of what follows it.
    """
    head_seq = room.head.last_seq
    start = max(room.purged_to, (head_seq if until is None else min(until, head_seq)) - limit)
    history, has_more = list[Message](), True
    while has_more and (until is None or _last_of(history, start) < until):
        after = _last_of(history, start)
        size = until - after if until is not None and until <= head_seq else limit + PAGE_SIZE
        page, has_more = list_history(ports, room.circle_id, room.id, after, size)
        history += page
    excess = 0 if until is None else sum(message.seq > until for message in history)
    return history[: len(history) - excess][-limit:], has_more or excess > 0


def _last_of(history: list[Message], start: int) -> int:
    return history[-1].seq if history else start


def find_first_seq(ports: Ports, room: Room, since: datetime | None, seq: int) -> int:
    """Return the first number from `seq` on whose message was not sent before `since`, or the one after the room's head.

    A later number is sent later, but for the few seconds that a send takes.
    Cost: nothing without `since`; otherwise 0.5 read units if `seq` is the first, or about 0.5 per doubling of the messages.
    """
    low, high = seq, room.head.last_seq + 1
    if since is None:
        return seq

    def is_before(number: int) -> bool:
        message = messages.find_message(ports.table, room.circle_id, room.id, number)
        return message is not None and message.is_before(since)

    if low >= high or not is_before(low):
        return low
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if is_before(middle) else (low, middle)
    return high


def list_history(
    ports: Ports, circle_id: str, room_id: str, after_seq: int, limit: int, *, to_the_end: bool = True
) -> tuple[list[Message], bool]:
    """Return the messages after a number, in order and without gaps, and whether more can be read now.

    It ends before the first number that is missing and can still get its message. So a reader who was given number n is never
    later given a smaller one. A missing number that can get none becomes a void.

    to_the_end: also the numbers after the last message become voids.
    Cost: 1 read unit per 4 KB, 1 write unit per new void; and 0.5 read units for the numbers after the last message, if that
    is so old that they can be final.
    """
    at = ports.clock()
    # One more than the limit, so that a full last page has no more.
    stored = messages.list_messages_after(ports.table, circle_id, room_id, after_seq, limit + 1)
    if _has_gap(after_seq, stored.items):
        after_seq = max(after_seq, _find_purged_number(ports, circle_id, room_id))
        stored = stored.replace(message for message in stored.items if message.seq > after_seq)
    history = _without_gaps(ports, circle_id, room_id, after_seq, stored.items, at)
    is_whole = history[-1:] == stored.items[-1:]
    if to_the_end and is_whole and stored.next is None and all(is_final(message.sent_at, at) for message in history[-1:]):
        history += _voids_after(ports, circle_id, room_id, after_seq + len(history), at)
    # The voids of one page can be more than its limit.
    return history[:limit], len(history) > limit or (is_whole and stored.next is not None)


def _has_gap(after_seq: int, stored: list[Message]) -> bool:
    return bool(stored) and stored[-1].seq != after_seq + len(stored)


def _find_purged_number(ports: Ports, circle_id: str, room_id: str) -> int:
    """Return the number up to which a room is purged. A purge stores it before it deletes the first message.

    Read consistently, and after the messages: so a number that is missing because of a purge never becomes a void.
    Cost: 1 read unit, only where a number is missing.
    """
    room = rooms.find_room(ports.table, circle_id, room_id)
    return room.purged_to if room else 0


def _without_gaps(
    ports: Ports, circle_id: str, room_id: str, after_seq: int, stored: list[Message], at: datetime
) -> list[Message]:
    """Return the stored messages up to the first number that is missing and can still get its message."""
    history: list[Message] = []
    for message in stored:
        for seq in range(after_seq + len(history) + 1, message.seq):
            if not is_final(message.earlier_at, at):
                return history
            history.append(messages.put_message(ports, circle_id, void(room_id, seq, message.earlier_at)))
        history.append(message)
    return history


def _voids_after(ports: Ports, circle_id: str, room_id: str, seq: int, at: datetime) -> list[Message]:
    """Store voids under the numbers after the last message whose sends crashed, and return them.

    A send that was only slow stores its message first, which is then returned, or finds the void and gets another number.
    """
    last = messages.find_last_reserved(ports.table, circle_id, room_id, SequenceBlock.containing(seq + 1))
    if last is None or not is_final(last.at, at) or last.number <= seq:
        return []
    purged_to = _find_purged_number(ports, circle_id, room_id)
    if purged_to > seq:
        return _voids_after(ports, circle_id, room_id, purged_to, at)
    numbers = range(seq + 1, last.number + 1)
    return [messages.put_message(ports, circle_id, void(room_id, number, last.at)) for number in numbers]
