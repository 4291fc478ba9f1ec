"""The history of a room without gaps: what messages, unread counts and their readers all go by."""

from __future__ import annotations

from datetime import datetime

from services.chat.domain import Message, SequenceBlock, is_final, void
from services.chat.repository import messages
from services.chat.usecases.ports import Ports


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
    history = _without_gaps(ports, circle_id, room_id, after_seq, stored.items, at)
    is_whole = history[-1:] == stored.items[-1:]
    if to_the_end and is_whole and stored.next is None and all(is_final(message.sent_at, at) for message in history[-1:]):
        history += _voids_after(ports, circle_id, room_id, after_seq + len(history), at)
    # The voids of one page can be more than its limit.
    return history[:limit], len(history) > limit or (is_whole and stored.next is not None)


def _without_gaps(
    ports: Ports, circle_id: str, room_id: str, after_seq: int, stored: list[Message], at: datetime
) -> list[Message]:
    """Return the stored messages up to the first number that is missing and can still get its message."""
    history: list[Message] = []
    for message in stored:
        for seq in range(after_seq + len(history) + 1, message.seq):
            if not is_final(message.earlier_at, at):
                return history
            history.append(messages.put_message(ports.table, circle_id, void(room_id, seq, at)))
        history.append(message)
    return history


def _voids_after(ports: Ports, circle_id: str, room_id: str, seq: int, at: datetime) -> list[Message]:
    """Store voids under the numbers after the last message whose sends crashed, and return them.

    A send that was only slow stores its message first, which is then returned, or finds the void and gets another number.
    """
    last = messages.find_last_reserved(ports.table, circle_id, room_id, SequenceBlock.containing(seq + 1))
    if last is None or not is_final(last.at, at):
        return []
    numbers = range(seq + 1, last.number + 1)
    return [messages.put_message(ports.table, circle_id, void(room_id, number, at)) for number in numbers]
