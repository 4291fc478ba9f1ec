"""How far a user has read in a room, and how far the messages after it are counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from services.chat.domain.message import Message

MAX_MENTIONS = 5  # that are stored with a marker: the newest ones decide whether one is unread


@dataclass(frozen=True, slots=True)
class ReadMarker:
    """The highest sequence number that a user has read in a room; 0 if the user has read nothing.

    counted_seq, counted: how many messages of others are after the marker, up to the number `counted_seq`. It is counted only
    where the recent numbers of the room's head do not reach back to the marker. This stays true until the marker moves, the
    user blocks other users, or messages are taken down or are back.
    mentions: the highest numbers whose messages mention the user by name, at most 5, also before the marker.
    blocks_version, revision: of the user's block list, and of the room's head, when this was counted.
    """

    room_id: str
    seq: int = 0
    counted_seq: int = 0
    counted: int = 0
    blocks_version: int = 0
    revision: int = 0
    mentions: tuple[int, ...] = ()

    @property
    def next_uncounted(self) -> int:
        """The number after which nothing is counted yet."""
        return max(self.seq, self.counted_seq)

    def from_number(self, seq: int) -> ReadMarker:
        """Return the marker moved forwards to a number, without what was counted. Unchanged if it is as far or further."""
        return self if seq <= self.seq else ReadMarker(self.room_id, seq, mentions=self.mentions)

    def under(self, blocks_version: int, revision: int) -> ReadMarker:
        """Return the marker as it is under a block list and a head: without what was counted under an earlier one."""
        if (self.blocks_version, self.revision) == (blocks_version, revision):
            return self
        return ReadMarker(self.room_id, self.seq, blocks_version=blocks_version, revision=revision, mentions=self.mentions)

    def mention(self, seq: int, *, is_mentioned: bool) -> ReadMarker:
        """Store that the message of a number mentions the user, or does not any more."""
        others = {mention for mention in self.mentions if mention != seq}
        return replace(self, mentions=tuple(sorted(others | {seq} if is_mentioned else others)[-MAX_MENTIONS:]))

    def count(self, messages: Iterable[Message], user_id: str, blocked: Collection[str] = ()) -> ReadMarker:
        """Count the next messages of the history that are shown, but none of the user or of users that they blocked."""
        after = self
        for message in messages:
            counts = message.is_by_another(user_id) and message.sender not in blocked
            after = replace(after, counted_seq=message.seq, counted=after.counted + counts)
        return after
