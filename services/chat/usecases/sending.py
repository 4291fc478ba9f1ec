"""Sending a message once and in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from services.chat.domain import Message, MessageKind, MessageRequest, Participant, Room, SequenceBlock, derive_token, void
from services.chat.errors import MessageConflict, MessageNotFound
from services.chat.repository import messages, rooms
from services.chat.settings import settings
from services.chat.usecases.guardrails import is_owner, publish_message, require_permitted_content
from services.chat.usecases.numbering import reserve_sequence_number
from services.chat.usecases.pictures import use_pictures
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_message
from services.chat.usecases.send_checks import acquire_slot, get_card, get_pictures, require_reply_and_mention, require_sender
from services.chat.usecases.slow_mode import slow_mode_slot
from services.shared.kernel.clock import from_millis, next_version
from services.shared.kernel.errors import GuardrailReached, PicturesInvalid, SellingNotOpen
from services.shared.pictures.upload import Picture
from services.shared.security.auth import Caller
from services.shared.table.cards import ProductCard
from services.shared.table.port import Reserved


def send_message(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, request: MessageRequest
) -> tuple[Message, ProductCard | None]:
    """Store a message, push it to the room's subscribers, and return it with its product card.

    A retry with the same `client_msg_id` and text returns the stored message as it is now; at the first one, the stream pushes
    the message again. The push is best effort; history is authoritative. The stream notifies the users that it mentions.

    Cost: 3 write units (rate-limit slot, sequence number, message) and 2 read units; 0.5 read units more within 10 seconds of
    the sender's last message, 1 write unit more in a slow room. 1 read unit more for a reply, 1 write unit more to mention all,
    1 and 0.5 more per picture. A message with products of the owner's group is one transaction with its count: 3 write units
    more.
    Raises: CircleNotFound, RoomNotFound, CallerMuted, RoleNotAllowed (to mention all, or the room's settings name other
    senders), NewcomerLimitExceeded, CircleReadOnly, RoomArchived, SendRateExceeded, SlowModeActive, MentionAllLimitReached,
    ListingNotFound, ListingNotOnSale, SellingNotOpen, GuardrailReached, PicturesInvalid, PicturesNotReady, MessageConflict
    (same id, other text), AfterSeqStale (a retry could look like a new message), Invalid (after_seq is ahead of the room,
    reply_to is not seen), MessageNotFound (a retry of a message that has expired).
    """
    at = ports.clock()
    member, room, interval = require_sender(ports, caller, circle_id, room_id, at)
    token = request.idempotency_token(caller.user_id)
    with slow_mode_slot(ports, room, member, token, at):
        is_retry = not acquire_slot(ports, caller, room, request, interval, at)
        card = get_card(ports, caller, circle_id, request)
        pictures, stored = get_pictures(ports, caller.user_id, room, request)
        if stored is None:
            require_reply_and_mention(ports, caller, member, room, request, at)
            stored = require_permitted_content(ports, member, room, request, pictures)
        if stored is None:
            stored = _store(ports, member, room, request, pictures, card, at, is_retry=is_retry)
        if not stored.matches(caller.user_id, request):
            raise MessageConflict
    return stored.as_seen_by(caller.user_id), card if stored.listing_id else None


def _store(
    ports: Ports,
    member: Participant,
    room: Room,
    request: MessageRequest,
    pictures: tuple[Picture, ...],
    card: ProductCard | None,
    at: datetime,
    *,
    is_retry: bool,
) -> Message:
    """Store the message under a number of its own, and push it, unless an earlier try did; return what is stored there."""
    sender = member.user_id
    token, first_block = request.idempotency_token(sender), SequenceBlock.containing(request.after_seq)
    while True:
        reserved = reserve_sequence_number(ports, room.circle_id, room.id, first_block, token, is_retry=is_retry)
        seq, is_retry = reserved.number, False
        message = _message(room.id, reserved, member, request, at, pictures)
        stored = None if reserved.fresh else _find_sent(ports, room, seq, at)
        is_new = False
        if stored is None:
            stored, is_new = _put_message(ports, room.circle_id, message, request)
        if is_new:
            push_message(ports, room.circle_id, stored, card)
        elif stored.matches(sender, request):
            _push_again(ports, room, stored)
        if stored.kind is not MessageKind.VOID:
            return stored
        # A reader stored a void under the number before this send came to it. The send gets another number, under a
        # token that every retry derives in the same way.
        token, first_block = derive_token(token, str(seq)), SequenceBlock.containing(seq)


def _push_again(ports: Ports, room: Room, stored: Message) -> None:
    """Let the stream push a message again whose first try can have died before its push.

    Once for each message: a member who repeats a request gains one push. Not where newcomers read no earlier messages, because
    some can have joined since. The stream pushes a message of a burst anyway.
    """
    if room.settings.earlier_for_newcomers and stored.is_shown and not (stored.in_burst or stored.is_retried):
        messages.mark_retried(ports.table, room.circle_id, stored)


def _find_sent(ports: Ports, room: Room, seq: int, at: datetime) -> Message | None:
    """Return what an earlier try stored, or None. Raises: MessageNotFound (it has expired: it is not sent again)."""
    stored = messages.find_message(ports.table, room.circle_id, room.id, seq)
    if stored:
        room.require_visible(stored, None, at)
        return stored
    # Consistent: a purge stores the number up to which it deletes before it deletes.
    now = rooms.find_room(ports.table, room.circle_id, room.id)
    if now and seq <= now.purged_to:
        raise MessageNotFound
    return None


def _put_message(ports: Ports, circle_id: str, message: Message, request: MessageRequest) -> tuple[Message, bool]:
    """Store a message with its pictures under its number if that is free; return what is stored there, and whether it is new.

    The pictures are used first: a message never has one that another message has. If a parallel message was faster with them,
    or used up a guardrail, this number becomes a void at once, so that no reader waits for it.
    Raises: PicturesInvalid, SellingNotOpen, GuardrailReached.
    """
    try:
        use_pictures(ports, message, request)
        return publish_message(ports, circle_id, message)
    except (PicturesInvalid, SellingNotOpen, GuardrailReached):
        left = replace(void(message.room_id, message.seq, message.sent_at), earlier_at=message.earlier_at)
        messages.put_message(ports, circle_id, left)
        raise


def _message(
    room_id: str, reserved: Reserved, member: Participant, request: MessageRequest, at: datetime, pictures: tuple[Picture, ...]
) -> Message:
    earlier_at = from_millis(reserved.earlier_at)
    content = (request.client_msg_id, request.text, request.text_hash, request.listing_id)
    return Message(
        *(room_id, reserved.number, request.kind, at, earlier_at, member.user_id, *content),
        mentions=request.mentions,
        mentions_all=request.mentions_all,
        reply_to=request.reply_to,
        in_burst=reserved.number > 1 and at - earlier_at < timedelta(milliseconds=settings().burst_gap_milliseconds),
        pictures=pictures,
        version=next_version(0, at),
        by_owner=is_owner(member),
    )
