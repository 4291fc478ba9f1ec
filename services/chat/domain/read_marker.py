"""How far a user has read in a room, and how far the messages after it are counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from services.chat.domain.message import Message


@dataclass(frozen=True, slots=True)
class ReadMarker:
    """The highest sequence number that a user has read in a room; 0 if the user has read nothing.

    counted_seq, counted: how many messages of others are after the marker, up to the number `counted_seq`. It is counted only
    where the recent numbers of the room's head do not reach back to the marker. This stays true until the marker moves, the
    user blocks other users, or messages are taken down or are back.
    blocks_version, revision: of the user's block list, and of the room's head, when this was counted.
    """

    room_id: str
    seq: int = 0
    counted_seq: int = 0
    counted: int = 0
    blocks_version: int = 0
    revision: int = 0

    @property
    def next_uncounted(self) -> int:
        """The number after which nothing is counted yet."""
        return max(self.seq, self.counted_seq)

    def from_number(self, seq: int) -> ReadMarker:
        """Return the marker moved forwards to a number, without what was counted. Unchanged if it is as far or further."""
        return self if seq <= self.seq else ReadMarker(self.room_id, seq)

    def under(self, blocks_version: int, revision: int) -> ReadMarker:
        """Return the marker as it is under a block list and a head: without what was counted under an earlier one."""
        if (self.blocks_version, self.revision) == (blocks_version, revision):
            return self
        return ReadMarker(self.room_id, self.seq, blocks_version=blocks_version, revision=revision)

    def count(self, messages: Iterable[Message], user_id: str, blocked: Collection[str] = ()) -> ReadMarker:
        """Count the next messages of the history that are shown, but none of the user or of users that they blocked."""
        after = self
        for message in messages:
            counts = message.is_by_another(user_id) and message.sender not in blocked
            after = replace(after, counted_seq=message.seq, counted=after.counted + counts)
        return after
