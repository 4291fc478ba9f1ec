"""Messages of a room, and how fast one member can send them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.shared.kernel.text import shorten
from services.shared.security.take_downs import NO_TAKE_DOWNS, TakeDown, TakeDowns

MAX_PREVIEW = 100  # code points; with the recent senders, the item of a room stays within 1 KB as a rule
VOID_AFTER = timedelta(seconds=15)  # after its reservation; longer than a function of chat can run (10 s)


class MessageKind(StrEnum):
    """What is behind a sequence number.

    text: a plain message. card: a message that shows a product. void: a number whose send crashed before the message.
    hidden: a message of a user that its reader has blocked. taken_down: one that the platform has taken down. These two are
    only shown, never stored.
    """

    TEXT = "text"
    CARD = "card"
    VOID = "void"
    HIDDEN = "hidden"
    TAKEN_DOWN = "taken_down"


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
    take_downs: of the platform, which are all that changes of a message. revision: the number of these changes.
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
    take_downs: TakeDowns = NO_TAKE_DOWNS
    revision: int = 0

    @property
    def is_shown(self) -> bool:
        """Whether it is a message that readers see: no void, and not down."""
        return self.kind is not MessageKind.VOID and not self.take_downs.is_down

    @property
    def preview(self) -> str:
        """The beginning of the text, for a chat list."""
        return shorten(self.text, MAX_PREVIEW)

    def is_before(self, since: datetime | None) -> bool:
        """Whether it was sent before a moment, if there is one."""
        return since is not None and self.sent_at < since

    def is_by_another(self, user_id: str) -> bool:
        """Whether this message counts as unread for a user who has not read it."""
        return self.is_shown and self.sender != user_id

    def hide(self) -> Message:
        """Return what a reader who has blocked the sender gets: the number and the time. So no number is missing."""
        return Message(self.room_id, self.seq, MessageKind.HIDDEN, self.sent_at, self.earlier_at)

    def apply_take_down(self, take_down: TakeDown) -> Message:
        """Take the message down, or end a take-down. Unchanged if the stored one of the case is as new or newer."""
        take_downs = self.take_downs.add(take_down)
        return self if take_downs == self.take_downs else replace(self, take_downs=take_downs, revision=self.revision + 1)

    def as_seen_by(self, user_id: str) -> Message:
        """Return the message as a user sees it. One that is down has sender and text for its author alone."""
        if not self.take_downs.is_down:
            return self
        if self.sender == user_id:
            return replace(self, kind=MessageKind.TAKEN_DOWN)
        return Message(self.room_id, self.seq, MessageKind.TAKEN_DOWN, self.sent_at, self.earlier_at)

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
