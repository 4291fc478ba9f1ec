"""Messages of a room, and how fast one member can send them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.shared.kernel.text import shorten

MAX_PREVIEW = 100  # code points; with the recent senders, the item of a room stays within 1 KB as a rule
VOID_AFTER = timedelta(seconds=15)  # after its reservation; longer than a function of chat can run (10 s)


class MessageKind(StrEnum):
    """What is behind a sequence number.

    text: a plain message. card: a message that shows a product. void: a number whose send crashed before the message.
    hidden: a message of a user that its reader has blocked; only shown, never stored.
    """

    TEXT = "text"
    CARD = "card"
    VOID = "void"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class MessageRequest:
    """What a member wants to send.

    client_msg_id: chosen by the client once per message; the same on every retry.
    after_seq: the highest sequence number that the sender had seen at the first attempt; the same on every retry.
    """

    client_msg_id: str
    after_seq: int
    text: str
    listing_id: str = ""

    def idempotency_token(self, sender: str) -> str:
        """Return what identifies this request in the room's sequence blocks and in the rate limit."""
        return derive_token(sender, self.client_msg_id)

    @property
    def text_hash(self) -> str:
        return hashlib.sha256(f"{self.text}\x00{self.listing_id}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Message:
    """What is stored under one sequence number of a room. A void has neither sender nor text, and never changes.

    earlier_at: the smaller numbers of the room were reserved by then.
    """

    room_id: str
    seq: int
    kind: MessageKind
    sent_at: datetime
    earlier_at: datetime
    sender: str = ""
    client_msg_id: str = ""
    text: str = ""
    text_hash: str = ""
    listing_id: str = ""

    @property
    def preview(self) -> str:
        """The beginning of the text, for a chat list."""
        return shorten(self.text, MAX_PREVIEW)

    def is_by_another(self, user_id: str) -> bool:
        """Whether this message counts as unread for a user who has not read it."""
        return self.kind is not MessageKind.VOID and self.sender != user_id

    def hide(self) -> Message:
        """Return what a reader who has blocked the sender gets: the number and the time. So no number is missing."""
        return Message(self.room_id, self.seq, MessageKind.HIDDEN, self.sent_at, self.earlier_at)

    def matches(self, sender: str, request: MessageRequest) -> bool:
        """Whether this message is the result of that request."""
        return (self.sender, self.client_msg_id, self.text_hash) == (sender, request.client_msg_id, request.text_hash)


def derive_token(*parts: str) -> str:
    """Return a token of 16 characters: 80 bits of the hash of the parts."""
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return base64.b32encode(digest[:10]).decode()


def void(room_id: str, seq: int, at: datetime) -> Message:
    return Message(room_id, seq, MessageKind.VOID, at, at)


def is_final(reserved_at: datetime, at: datetime) -> bool:
    """Whether a number that has no message by now gets none: the function that reserved it has ended."""
    return at - reserved_at >= VOID_AFTER
