"""Messages of a room, and how fast one member can send them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from services.chat.domain.reaction import Reaction
from services.chat.errors import EditExpired, MessageNotFound, RecallExpired, RoleNotAllowed
from services.chat.settings import settings
from services.shared.kernel.clock import millis, next_version
from services.shared.kernel.product_links import products_of
from services.shared.kernel.text import shorten
from services.shared.pictures.upload import Picture, products_in
from services.shared.security.guardrails import ProductDisclosure
from services.shared.security.removals import Removal
from services.shared.security.take_downs import NO_TAKE_DOWNS, TakeDown, TakeDowns

if TYPE_CHECKING:
    from services.chat.domain.participant import Participant

MAX_PREVIEW = 100  # code points; with the recent senders, the item of a room stays within 1 KB as a rule
VOID_AFTER = timedelta(seconds=15)  # after its reservation; longer than a function of chat can run (10 s)


class MessageKind(StrEnum):
    """What is behind a sequence number.

    text: a plain message. card: a message that shows a product. pictures: a message with pictures and no product.
    void: a number whose send crashed before the message.
    recalled: by its sender. removed: by a moderator. These two have no content, and are final.
    hidden: a message of a user that its reader has blocked. taken_down: one that the platform has taken down. These two are
    only shown, never stored.
    """

    TEXT = "text"
    CARD = "card"
    PICTURES = "pictures"
    VOID = "void"
    RECALLED = "recalled"
    REMOVED = "removed"
    HIDDEN = "hidden"
    TAKEN_DOWN = "taken_down"


WITH_CONTENT = frozenset({MessageKind.TEXT, MessageKind.CARD, MessageKind.PICTURES})


@dataclass(frozen=True, slots=True)
class MessageRequest:
    """What a member wants to send.

    client_msg_id: chosen by the client once per message; the same on every retry.
    after_seq: the highest sequence number that the sender had seen at the first attempt; the same on every retry.
    text: can be empty if there are pictures. picture_ids: of uploads of the sender to this room, in order.
    mentions: users, each once. mentions_all: whether it mentions all who can read the room.
    reply_to: the number of the message that it answers; 0 if it answers none.
    """

    client_msg_id: str
    after_seq: int
    text: str
    listing_id: str = ""
    picture_ids: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    mentions_all: bool = False
    reply_to: int = 0

    def idempotency_token(self, sender: str) -> str:
        """Return what identifies this request in the room's sequence blocks and in the rate limit."""
        return derive_token(sender, self.client_msg_id)

    def slot_token(self, sender: str) -> str:
        """Return what identifies this send, also behind which block: the same id behind another block is another message."""
        return derive_token(self.idempotency_token(sender), str(self.after_seq))

    @property
    def text_hash(self) -> str:
        mentioned = (*self.mentions, "all" if self.mentions_all else "")
        content = "\x00".join((self.text, self.listing_id, *self.picture_ids, *mentioned, str(self.reply_to)))
        return hashlib.sha256(content.encode()).hexdigest()[:32]

    @property
    def kind(self) -> MessageKind:
        if self.listing_id:
            return MessageKind.CARD
        return MessageKind.PICTURES if self.picture_ids else MessageKind.TEXT


@dataclass(frozen=True, slots=True)
class Message:
    """What is stored under one sequence number of a room. A void has neither sender nor text, and never changes.

    earlier_at: the smaller numbers of the room were reserved by then.
    text_hash: of the request that sent it, also after an edit; empty once the content is erased.
    reply_to: the number of the message that it answers, 0 for none. No text of that is stored here.
    version: orders the changes. revision: grows with each edit, and with a recall or removal; take-downs leave it.
    reactions: how many members have reacted in each way, as the stream has counted.
    changed_at: when it was last edited, or recalled or removed. removal: by a moderator.
    in_burst: whether the stream pushes it, and not its sender: another message was sent just before it.
    is_retried: whether its send was tried again, so that the stream pushes it: the first try can have died before its push.
    pictures: uploaded by the sender to the room; no other message has them. Their files follow the message.
    highlighted_at: since when it is among the highlights of its room; None if it is not. A take-down leaves it.
    by_owner: whether its sender was the owner or a co-owner. disclosure: of a commercial message; an edit never removes it.
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
    mentions: tuple[str, ...] = ()
    mentions_all: bool = False
    reply_to: int = 0
    take_downs: TakeDowns = NO_TAKE_DOWNS
    in_burst: bool = False
    pictures: tuple[Picture, ...] = ()
    version: int = 1
    revision: int = 1
    changed_at: datetime | None = None
    removal: Removal | None = None
    reactions: tuple[tuple[Reaction, int], ...] = ()
    is_retried: bool = field(default=False, compare=False)
    highlighted_at: datetime | None = None
    by_owner: bool = False
    disclosure: ProductDisclosure | None = None

    @property
    def products(self) -> tuple[str, ...]:
        return products_of(self.text, self.listing_id, *products_in(self.pictures))

    @property
    def has_content(self) -> bool:
        """Whether it was sent, and neither recalled nor removed."""
        return self.kind in WITH_CONTENT

    @property
    def can_have_reactions(self) -> bool:
        """Whether members can have reacted to it. A tombstone counts no reactions, and those from before are stored."""
        return bool(self.reactions) or not self.has_content

    @property
    def is_shown(self) -> bool:
        """Whether it is a message that readers see: with its content, and not down."""
        return self.has_content and not self.take_downs.is_down

    @property
    def is_highlight(self) -> bool:
        """Whether readers see it among the highlights of its room."""
        return self.is_shown and self.highlighted_at is not None

    @property
    def edited_at(self) -> datetime | None:
        return self.changed_at if self.has_content else None

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

    def require_shown(self) -> None:
        """Raises: MessageNotFound."""
        if not self.is_shown:
            raise MessageNotFound

    def hide(self) -> Message:
        """Return what a reader who has blocked the sender gets: the number and the time. So no number is missing."""
        return self._tombstone(MessageKind.HIDDEN)

    def edit(self, by: str, text: str, mentions: tuple[str, ...], *, at: datetime) -> Message:
        """Change the text and the users that it mentions, as the sender. Unchanged if both are the same.

        Whether it mentions all stays: the limit of the day is for sends. The hash of the request stays, for its retries.

        Raises: MessageNotFound, RoleNotAllowed (another sender), EditExpired.
        """
        self.require_shown()
        if by != self.sender:
            raise RoleNotAllowed
        if (text, mentions) == (self.text, self.mentions):
            return self
        if at - self.sent_at > settings().edit_period:
            raise EditExpired
        return self._revise(at, text, mentions)

    def recall(self, by: str, *, at: datetime) -> Message:
        """Erase the content, as the sender, also while the message is down. Unchanged if it is recalled or removed.

        Raises: MessageNotFound, RoleNotAllowed (another sender), RecallExpired.
        """
        if by != self.sender:
            self.require_shown()
            raise RoleNotAllowed
        if not self.has_content:
            return self
        period = settings().recall_period
        if at - self.sent_at > period:
            raise RecallExpired(seconds=int(period.total_seconds()))
        return self._erase(MessageKind.RECALLED, at)

    def remove(self, by: Participant, sender: Participant, reason: str, salt: str, *, at: datetime) -> Message:
        """Erase the content, as a moderator above the sender. Unchanged if it is removed: the first reason stays.

        Raises: MessageNotFound (recalled, or down), RoleNotAllowed.
        """
        by.require_rank_above(sender)
        if self.kind is MessageKind.REMOVED and not self.take_downs.is_down:
            return self
        self.require_shown()
        removal = Removal.record("message removed", by.user_id, reason, self.sender, salt, at)
        return replace(self._erase(MessageKind.REMOVED, at), removal=removal)

    def highlight(self, at: datetime) -> Message:
        """Add it to the highlights. Unchanged if it is one. Raises: MessageNotFound."""
        self.require_shown()
        return self if self.highlighted_at else self._set_highlighted(at, at)

    def unhighlight(self, at: datetime) -> Message:
        """Take it out of the highlights, also while it is down. Unchanged if it is no highlight."""
        return self._set_highlighted(None, at) if self.highlighted_at else self

    def _set_highlighted(self, highlighted_at: datetime | None, at: datetime) -> Message:
        return replace(self, highlighted_at=highlighted_at, version=next_version(self.version, at))

    def _erase(self, kind: MessageKind, at: datetime) -> Message:
        """Leave no text and no pictures, and no hash of the text: a short one can be guessed from its hash. No highlight."""
        erased = replace(self._revise(at, "", ()), kind=kind, text_hash="", listing_id="", pictures=())
        return replace(erased, mentions_all=False, reply_to=0, reactions=(), highlighted_at=None)

    def _revise(self, at: datetime, text: str, mentions: tuple[str, ...]) -> Message:
        revised = replace(self, text=text, mentions=mentions, revision=self.revision + 1, changed_at=at)
        return replace(revised, version=next_version(self.version, at))

    def apply_take_down(self, take_down: TakeDown, *, at: datetime) -> Message:
        """Take the message down, or end a take-down. Unchanged if the stored one of the case is as new or newer."""
        take_downs = self.take_downs.add(take_down)
        if take_downs == self.take_downs:
            return self
        return replace(self, take_downs=take_downs, version=next_version(self.version, at))

    def as_seen_by(self, user_id: str) -> Message:
        """Return the message as a user sees it: a tombstone has sender, reason and what is left of it for its sender alone,
        and no pictures.

        What its sender recalled stays recalled, whatever the platform decides.
        """
        seen = self.as_seen_by_others()
        return seen if seen == self or self.sender != user_id else replace(self, kind=seen.kind, pictures=())

    def as_seen_by_others(self) -> Message:
        """Return the message as users other than its sender see it."""
        if self.is_shown or self.kind is MessageKind.VOID:
            return self
        is_taken_down = self.take_downs.is_down and self.kind is not MessageKind.RECALLED
        return self._tombstone(MessageKind.TAKEN_DOWN if is_taken_down else self.kind)

    def _tombstone(self, kind: MessageKind) -> Message:
        left = Message(self.room_id, self.seq, kind, self.sent_at, self.earlier_at)
        return replace(left, version=self.version, revision=self.revision)

    def matches(self, sender: str, request: MessageRequest) -> bool:
        """Whether this message is the result of that request. Of a recalled or removed one, its id alone says so."""
        is_same = self.text_hash in ("", request.text_hash)
        return is_same and (self.sender, self.client_msg_id) == (sender, request.client_msg_id)


def derive_token(*parts: str) -> str:
    """Return a token of 16 characters: 80 bits of the hash of the parts."""
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return base64.b32encode(digest[:10]).decode()


def void(room_id: str, seq: int, at: datetime) -> Message:
    """Return what is behind a number without a message.

    at: when the number was reserved at the latest, not when it was found empty: a later number is never from before it.
    """
    return Message(room_id, seq, MessageKind.VOID, at, at, version=millis(at))


def is_final(reserved_at: datetime, at: datetime) -> bool:
    """Whether a number that has no message by now gets none: the function that reserved it has ended."""
    return at - reserved_at >= VOID_AFTER
