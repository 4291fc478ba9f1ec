"""Rooms, messages and their order, who takes part, and sockets. Pure: state and rules, no input or output."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

BLOCK = 32  # numbers a block holds: with its tokens it stays under one write unit
MAX_BLOCKS = 64  # blocks a send may walk before it must catch up
VOID_AFTER = timedelta(seconds=15)  # longer than any function runs, so a number this old will not be filled any more
TICKET_LIFETIME = timedelta(seconds=60)
MAX_UNREAD = 99

SEND_EVERY_MS = 1000
BURST_MS = 4000  # five at once, then one a second


class Kind(StrEnum):
    TEXT = "text"
    CARD = "card"
    VOID = "void"


class MemberState(StrEnum):
    """A person's state in a circle, as circles tells it."""

    PENDING = "pending"
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class Room:
    id: str
    circle_id: str
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Participant:
    """A person in a circle as chat keeps it: a projection of membership, taken only when newer."""

    circle_id: str
    user_id: str
    role: str
    standing: MemberState
    version: int
    muted_until: datetime | None = None

    @property
    def is_in(self) -> bool:
        return self.standing is MemberState.MEMBER

    def is_muted(self, at: datetime) -> bool:
        return self.muted_until is not None and at < self.muted_until

    def may_speak(self, at: datetime) -> bool:
        return self.is_in and not self.is_muted(at)


@dataclass(frozen=True, slots=True)
class Draft:
    """A wish to say something. `after_seq` is what the sender had seen when it was first tried, the same on every retry."""

    client_msg_id: str
    after_seq: int
    text: str
    listing_id: str = ""

    def token(self, sender: str) -> str:
        """What the room remembers of this wish: 64 bits of a hash of sender and id."""
        return short_hash(sender, self.client_msg_id)

    @property
    def text_hash(self) -> str:
        return hashlib.sha256(f"{self.text}\x00{self.listing_id}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Message:
    """One number of a room. A void is a number whose send died: it will never be filled."""

    room_id: str
    seq: int
    kind: Kind
    sent_at: datetime
    sender: str = ""
    client_msg_id: str = ""
    text: str = ""
    text_hash: str = ""
    listing_id: str = ""

    def answers(self, sender: str, draft: Draft) -> bool:
        """Whether this is what that wish said."""
        return (self.sender, self.client_msg_id, self.text_hash) == (sender, draft.client_msg_id, draft.text_hash)


def short_hash(*parts: str) -> str:
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return base64.b32encode(digest[:10]).decode()


def block_of(seq: int) -> int:
    """The block that holds a number; numbers begin at 1, blocks at 0."""
    return max(0, seq - 1) // BLOCK


def first_of(block: int) -> int:
    return block * BLOCK + 1


def void(room_id: str, seq: int, at: datetime) -> Message:
    return Message(room_id, seq, Kind.VOID, at)


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle as circles tells of it: whose it is, and whether and until when (None: for good) it can only be read."""

    id: str
    owner: str
    read_only: bool
    until: datetime | None
    version: int

    def is_read_only(self, at: datetime) -> bool:
        return self.read_only and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Socket:
    """One connection of one person, good until their token ends (seconds since 1970)."""

    connection_id: str
    user_id: str
    issued_at: int
    until: int

    def is_live(self, at: datetime) -> bool:
        return at.timestamp() < self.until
