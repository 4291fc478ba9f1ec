"""The messages before and after a reported one, as its reporter sees them: evidence until its case is decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from services.chat.domain.message import Message, MessageKind
from services.chat.domain.room import Room
from services.shared.kernel.text import shorten

MAX_SIDE = 3  # on each side; 6 of them have at most 9 KB in the report, in the event and in the case
MAX_EXCERPT = 300  # code points of each


def numbers_around(seq: int) -> range:
    """Return the numbers of a message and of those before and after it."""
    return range(max(1, seq - MAX_SIDE), seq + MAX_SIDE + 1)


def list_surroundings(
    around: Iterable[Message], room: Room, *, member_since: datetime | None, blocked: Collection[str], at: datetime
) -> list[Message]:
    """Return those of the messages that a reporter can see, each with the beginning of its text.

    A message that was recalled or removed, or that is down, is a tombstone without sender and text, also for its own sender.
    Left out are voids, messages of users that the reporter blocked, and what the reporter does not read.
    blocked: the users that the reporter blocked. member_since: when the reporter joined.
    """
    shown = (each for each in around if each.kind is not MessageKind.VOID and each.sender not in blocked)
    seen = [each.as_seen_by_others() for each in shown if room.is_visible(each, member_since, at)]
    return [replace(each, text=shorten(each.text, MAX_EXCERPT)) for each in seen]
