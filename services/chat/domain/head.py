"""The head of a room: what its history shows up to one number, as far as a chat list needs it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.chat.domain.message import Message, MessageKind, derive_token

# More than the highest unread count (99): the recent senders alone decide, unless many recent messages are the reader's own.
MAX_RECENT = 128
MAX_MENTIONS_OF_ALL = 3  # of a head: as many as a circle can send a day
NOT_COUNTED = ""  # of a number without a message that counts: a void, or a message that was deleted or is down


@dataclass(frozen=True, slots=True)
class LastMessage:
    """The newest message of a room, in a chat list. text: its beginning."""

    seq: int
    kind: MessageKind
    sender: str
    text: str
    sent_at: datetime

    @classmethod
    def of(cls, message: Message) -> LastMessage:
        return cls(message.seq, message.kind, message.sender, message.preview, message.sent_at)


@dataclass(frozen=True, slots=True)
class RoomHead:
    """What the history of a room shows up to `last_seq`. Any number up to it is final.

    seen_seq: the highest number that has a message. It is above last_seq while a number in between is missing.
    recent: of each of the last numbers up to last_seq, the hash of the sender, or NOT_COUNTED.
    last: the newest message that counts, if it is among these numbers.
    version: of the stored head; each save adds 1.
    mentions_of_all: the highest numbers up to last_seq whose messages mention all, at most 3, with the hashes of their senders.
    revision: grows when messages up to last_seq do not count any more, or count again: what was counted before is counted anew.
    """

    last_seq: int = 0
    seen_seq: int = 0
    recent: tuple[str, ...] = ()
    last: LastMessage | None = None
    version: int = 0
    revision: int = 0
    mentions_of_all: tuple[tuple[int, str], ...] = ()

    @property
    def is_behind(self) -> bool:
        """Whether the room has a message beyond the head, behind a number that is missing."""
        return self.last_seq < self.seen_seq

    def append(self, messages: Iterable[Message]) -> RoomHead:
        """Add messages, in the order of their numbers. Those that are in the head, or behind a missing number, are left out.

        The order and repetition of calls do not matter: the head depends only on the messages up to `last_seq`.
        """
        last_seq, seen_seq, recent, last = self.last_seq, self.seen_seq, [*self.recent], self.last
        mentions = self.mentions_of_all
        for message in messages:
            seen_seq = max(seen_seq, message.seq)
            if message.seq == last_seq + 1:
                last_seq = message.seq
                recent.append(_counted_as(message))
                last = _last(message) or last
                mentions = _with_mention(mentions, message)
        after = replace(self, last_seq=last_seq, seen_seq=seen_seq, recent=tuple(recent[-MAX_RECENT:]), last=last)
        return replace(after, mentions_of_all=mentions)

    def revise(self, messages: Iterable[Message], *, changes_counts: bool) -> RoomHead:
        """Count and show messages that were changed as they are now.

        Unchanged but for the revision if they are not among the recent numbers.
        changes_counts: whether what was counted before must be counted anew. An edit alone changes no count.
        """
        recent, last, before = [*self.recent], self.last, self.last_seq - len(self.recent)
        mentions = self.mentions_of_all
        for message in messages:
            if before < message.seq <= self.last_seq:
                recent[message.seq - before - 1] = _counted_as(message)
            if message.seq <= self.last_seq:
                mentions = _with_mention(mentions, message)
            if last and last.seq == message.seq:
                last = _last(message)
        after = replace(self, recent=tuple(recent), last=last, revision=self.revision + changes_counts)
        return replace(after, mentions_of_all=mentions)

    def show(self, message: Message | None) -> RoomHead:
        """Show a message as the newest one that counts; none if it was deleted meanwhile."""
        return replace(self, last=_last(message) if message else None)

    def delete(self, seqs: Collection[int]) -> RoomHead:
        """Count messages that were deleted no more, and show none of them."""
        recent, last, before = [*self.recent], self.last, self.last_seq - len(self.recent)
        for seq in seqs:
            if before < seq <= self.last_seq:
                recent[seq - before - 1] = NOT_COUNTED
            last = None if last and last.seq == seq else last
        mentions = tuple((seq, sender) for seq, sender in self.mentions_of_all if seq not in seqs)
        return replace(self, recent=tuple(recent), last=last, mentions_of_all=mentions)

    def continue_after(self, seq: int) -> RoomHead:
        """Continue after the number up to which the room is purged. Unchanged if the head has come so far.

        A purge can be faster than the stream: what was between is deleted, so no record and no history brings it any more.
        """
        if seq <= self.last_seq:
            return self
        recent = (*self.recent, *[NOT_COUNTED] * min(MAX_RECENT, seq - self.last_seq))[-MAX_RECENT:]
        mentions = tuple(mention for mention in self.mentions_of_all if mention[0] > seq)
        after = replace(self, last_seq=seq, seen_seq=max(seq, self.seen_seq), recent=recent, last=None)
        return replace(after, mentions_of_all=mentions)

    def covers(self, seq: int) -> bool:
        """Whether the recent numbers include all that follow a number."""
        return seq >= self.last_seq - len(self.recent)

    def count_after(self, seq: int, excluded: Collection[str]) -> int:
        """Count the messages among the recent numbers after a number, but none of the senders with an excluded hash."""
        after = max(0, seq - self.last_seq + len(self.recent))
        return sum(sender != NOT_COUNTED and sender not in excluded for sender in self.recent[after:])

    def is_counted(self, seq: int, excluded: Collection[str]) -> bool:
        """Whether the message of a number counts, and is of no sender with an excluded hash. True before the recent numbers."""
        before = self.last_seq - len(self.recent)
        sender = self.recent[seq - before - 1] if before < seq <= self.last_seq else None
        return sender is None or (sender != NOT_COUNTED and sender not in excluded)

    def mentions_all_after(self, seq: int, excluded: Collection[str]) -> bool:
        """Whether a message after a number mentions all, and is of no sender with an excluded hash."""
        return any(mention > seq and sender not in excluded for mention, sender in self.mentions_of_all)

    def find_newest(self, excluded: Collection[str]) -> int | None:
        """Return the highest of the recent numbers with a message of a sender without an excluded hash, or None."""
        newest_first = zip(range(self.last_seq, 0, -1), reversed(self.recent), strict=False)
        return next((seq for seq, sender in newest_first if sender != NOT_COUNTED and sender not in excluded), None)


def hash_sender(user_id: str) -> str:
    """Return 50 bits of the hash of a user's id. Users cannot choose their ids, so none can look like another."""
    return derive_token(user_id)[:10]


def _with_mention(mentions: tuple[tuple[int, str], ...], message: Message) -> tuple[tuple[int, str], ...]:
    """Return the numbers that mention all with this message as it is now."""
    others = [(seq, sender) for seq, sender in mentions if seq != message.seq]
    new = [(message.seq, hash_sender(message.sender))] if message.is_shown and message.mentions_all else []
    return tuple(sorted(others + new)[-MAX_MENTIONS_OF_ALL:])


def _counted_as(message: Message) -> str:
    return hash_sender(message.sender) if message.is_shown else NOT_COUNTED


def _last(message: Message) -> LastMessage | None:
    return LastMessage.of(message) if message.is_shown else None
