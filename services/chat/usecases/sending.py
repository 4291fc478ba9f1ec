"""Sending a message once and in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from services.chat.domain import MAX_BLOCKS_PER_SEND, Message, MessageKind, MessageRequest, SequenceBlock, derive_token, void
from services.chat.errors import (
    AfterSeqStale,
    CircleReadOnly,
    ListingNotFound,
    ListingNotOnSale,
    MentionAllLimitReached,
    MessageConflict,
    RoomNotFound,
)
from services.chat.repository import messages, participants, rooms
from services.chat.repository.mentions_of_all import acquire_mention_of_all
from services.chat.settings import settings
from services.chat.usecases.cards import trade_rule
from services.chat.usecases.pictures import require_sendable_pictures, use_pictures
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_message
from services.shared.kernel.clock import from_millis, next_version, seconds_until_tomorrow
from services.shared.kernel.errors import DomainError, FieldError, Invalid, PicturesInvalid
from services.shared.pictures.upload import Picture
from services.shared.security.auth import Caller
from services.shared.security.newcomers import is_over_newcomer_limits
from services.shared.security.trading import Trade
from services.shared.table.blocks import list_blocked_users
from services.shared.table.cards import ProductCard, find_stored_card
from services.shared.table.port import Reserved, SequenceBlockFull, SequenceBlockMissing


def send_message(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, request: MessageRequest
) -> tuple[Message, ProductCard | None]:
    """Store a message, push it to the room's subscribers, and return it with its product card.

    A retry with the same `client_msg_id` and text returns the stored message as it is now. The push is best effort; history is
    authoritative. The stream notifies the users that it mentions.
    Cost: 3 write units (rate-limit slot, sequence number, message) and 2 read units; 1 read unit more for a reply, 1
    write unit more to mention all, 1 and 0.5 more per picture.
    Raises: CircleNotFound, RoomNotFound, CallerMuted, RoleNotAllowed (to mention all), NewcomerLimitExceeded, CircleReadOnly,
    SendRateExceeded, MentionAllLimitReached, ListingNotFound, ListingNotOnSale, PicturesInvalid, PicturesNotReady,
    MessageConflict (same id, other text), AfterSeqStale (a retry could look like a new message), Invalid (after_seq is ahead of
    the room, reply_to is not seen).
    """
    at = ports.clock()
    circle, room = rooms.find_place(ports.table, circle_id, room_id)
    is_retry = not _acquire_slot(ports, caller, circle_id, room_id, request, at)
    if circle is None or room is None:
        raise RoomNotFound
    if circle.is_read_only(at):
        raise CircleReadOnly
    card = _get_card(ports, caller, circle_id, request)
    pictures, sent = _get_pictures(ports, caller.user_id, circle_id, room_id, request)
    if sent:
        return sent.as_seen_by(caller.user_id), card
    token, first_block = request.idempotency_token(caller.user_id), SequenceBlock.containing(request.after_seq)
    _require_reply_and_mention(ports, caller, circle_id, room_id, request, token, at)
    while True:
        reserved = _reserve_sequence_number(ports, circle_id, room_id, first_block, token, is_retry=is_retry)
        seq, is_retry = reserved.number, False
        message = _message(room_id, reserved, caller.user_id, request, at, pictures)
        stored = None if reserved.fresh else messages.find_message(ports.table, circle_id, room_id, seq)
        stored = stored or _put_message(ports, circle_id, message, request)
        if stored is message:
            push_message(ports, circle_id, message, card)
        if stored.kind is not MessageKind.VOID:
            break
        # A reader stored a void under the number before this send came to it. The send gets another number, under a
        # token that every retry derives in the same way.
        token, first_block = derive_token(token, str(seq)), SequenceBlock.containing(seq)
    if not stored.matches(caller.user_id, request):
        raise MessageConflict
    return stored.as_seen_by(caller.user_id), card if stored.listing_id else None


def _acquire_slot(ports: Ports, caller: Caller, circle_id: str, room_id: str, request: MessageRequest, at: datetime) -> bool:
    """Use a slot of the sender's rate limit; return False for a retry of their last send, which needs none."""
    slot_token = request.slot_token(caller.user_id)
    return participants.acquire_rate_limit_slot(
        ports.table,
        circle_id,
        caller.user_id,
        slot_token,
        at,
        room_id=room_id,
        over_newcomer_limits=is_over_limits(request.text, request.mentions, len(request.picture_ids)),
        mentions_all=request.mentions_all,
    )


def is_over_limits(text: str, mentions: tuple[str, ...], pictures: int = 0) -> bool:
    """Whether a newcomer cannot send this. Mentions count as they are named, and as the text looks like: it can name others."""
    most = {"max_mentions": settings().max_mentions_of_newcomer, "max_pictures": settings().max_pictures_of_newcomer}
    return len(mentions) > most["max_mentions"] or is_over_newcomer_limits(text, pictures=pictures, **most)


def _require_reply_and_mention(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, request: MessageRequest, token: str, at: datetime
) -> None:
    """Require that the sender sees the message that is answered, and that all can be mentioned today.

    Also of a retry of the last send: its first try can have been denied here. A request that has a number was not denied,
    whatever changed since.
    Cost: 0.5 or 1 read unit for a reply, 1 write unit to mention all.
    Raises: Invalid (reply_to), MentionAllLimitReached.
    """
    denial: DomainError | None = None
    limit = settings().mentions_of_all_per_day
    if request.reply_to and not _sees(ports, caller, circle_id, room_id, request.reply_to):
        denial = Invalid(fields=(FieldError("/reply_to", "must-be-message-of-room"),))
    elif request.mentions_all and not acquire_mention_of_all(ports.table, circle_id, token, at, limit):
        denial = MentionAllLimitReached(limit=limit, retry_after=seconds_until_tomorrow(at))
    first = SequenceBlock.containing(request.after_seq)
    if denial and not _has_number(ports, circle_id, room_id, first, token):
        raise denial


def _sees(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int) -> bool:
    """Whether a user sees the content of a message of a room that they can enter."""
    message = messages.find_message(ports.table, circle_id, room_id, seq)
    if message is None or not message.is_shown:
        return False
    return message.sender == caller.user_id or message.sender not in list_blocked_users(ports.table, caller.user_id)


def _has_number(ports: Ports, circle_id: str, room_id: str, first: SequenceBlock, token: str) -> bool:
    """Whether an earlier try of this request has a number."""
    reserved, _ = messages.find_sequence_number(ports.table, circle_id, room_id, first, token, MAX_BLOCKS_PER_SEND)
    return reserved is not None


def _message(
    room_id: str, reserved: Reserved, sender: str, request: MessageRequest, at: datetime, pictures: tuple[Picture, ...]
) -> Message:
    earlier_at = from_millis(reserved.earlier_at)
    content = (request.client_msg_id, request.text, request.text_hash, request.listing_id)
    return Message(
        *(room_id, reserved.number, request.kind, at, earlier_at, sender, *content),
        mentions=request.mentions,
        mentions_all=request.mentions_all,
        reply_to=request.reply_to,
        in_burst=reserved.number > 1 and at - earlier_at < timedelta(milliseconds=settings().burst_gap_milliseconds),
        pictures=pictures,
        version=next_version(0, at),
    )


def _get_pictures(
    ports: Ports, sender: str, circle_id: str, room_id: str, request: MessageRequest
) -> tuple[tuple[Picture, ...], Message | None]:
    """Return the pictures of a message; or the message, if this is a retry so late that its uploads are not remembered."""
    try:
        return require_sendable_pictures(ports, sender, room_id, request), None
    except PicturesInvalid:
        if sent := _find_sent(ports, sender, circle_id, room_id, request):
            return sent.pictures, sent
        raise


def _find_sent(ports: Ports, sender: str, circle_id: str, room_id: str, request: MessageRequest) -> Message | None:
    """Return the message that an earlier try of this request stored, if there is one."""
    token, block = request.idempotency_token(sender), SequenceBlock.containing(request.after_seq)
    while True:
        reserved, _ = messages.find_sequence_number(ports.table, circle_id, room_id, block, token, MAX_BLOCKS_PER_SEND)
        stored = messages.find_message(ports.table, circle_id, room_id, reserved.number) if reserved else None
        if stored is None:
            return None
        if stored.kind is not MessageKind.VOID:
            return stored if stored.matches(sender, request) else None
        token, block = derive_token(token, str(stored.seq)), SequenceBlock.containing(stored.seq)


def _put_message(ports: Ports, circle_id: str, message: Message, request: MessageRequest) -> Message:
    """Store a message with its pictures under its number if that is free; return what is stored there.

    The pictures are used first: a message never has one that another message has. If a parallel message was faster, this number
    becomes a void at once, so that no reader waits for it.
    Raises: PicturesInvalid.
    """
    try:
        use_pictures(ports, message, request)
    except PicturesInvalid:
        left = replace(void(message.room_id, message.seq, message.sent_at), earlier_at=message.earlier_at)
        messages.put_message(ports.table, circle_id, left)
        raise
    return messages.put_message(ports.table, circle_id, message)


def _get_card(ports: Ports, caller: Caller, circle_id: str, request: MessageRequest) -> ProductCard | None:
    """Return the card of the product that a message shows, as its sender sees it; None for a plain message.

    Price and stock come from commerce's last event, never from the sender. A product that was published once is never unknown
    again, so a retry has the same result. A card whose sale has ended can be sent, and shows that it is off sale.

    Raises: ListingNotFound (also for a product of another circle), ListingNotOnSale (the seller or the circle's owner is
    restricted).
    """
    if not request.listing_id:
        return None
    card = find_stored_card(ports.table, circle_id, request.listing_id)
    if card is None:
        raise ListingNotFound
    list_blocked = partial(list_blocked_users, ports.table, caller.user_id)
    trade = trade_rule(ports, circle_id, list_blocked).evaluate(card.offer)
    if trade is Trade.PAUSED:
        raise ListingNotOnSale
    return replace(card, on_sale=trade is Trade.OPEN)


def _reserve_sequence_number(
    ports: Ports, circle_id: str, room_id: str, first: SequenceBlock, token: str, *, is_retry: bool
) -> Reserved:
    """Return the number of this token in the blocks from the one that the sender had read to, or reserve one.

    The first block has room as a rule. Otherwise one query reads the blocks after it: a request that already has a number
    finds it there. A block is created only after the block before it was full, so numbers have no gaps between blocks, and a
    block that is full never gets this token.

    is_retry: the request probably has a number, so the blocks are read before anything is written.
    """
    reserve = partial(messages.reserve_sequence_number, ports.table, circle_id, room_id)
    full_at: int | None = None  # when the last number of the block before was reserved, if that block is full
    try:
        if not is_retry:
            return reserve(first, token, at=ports.clock())
    except SequenceBlockFull as full:
        full_at = full.reserved_at
    except SequenceBlockMissing:
        raise _ahead_of_room() from None
    reserved, existing = messages.find_sequence_number(ports.table, circle_id, room_id, first, token, MAX_BLOCKS_PER_SEND)
    if reserved:
        return reserved
    if not existing:
        raise _ahead_of_room()
    last = first.index + existing - 1
    for index in range(last if is_retry else max(last, first.index + 1), first.index + MAX_BLOCKS_PER_SEND):
        try:
            return reserve(SequenceBlock(index), token, at=ports.clock(), after=full_at if index > last else None)
        except SequenceBlockFull as full:
            full_at = full.reserved_at
    raise AfterSeqStale


def _ahead_of_room() -> Invalid:
    """Return the error of a sender whose first block does not exist: the room is read before."""
    return Invalid(fields=(FieldError("/after_seq", "ahead-of-room"),))
