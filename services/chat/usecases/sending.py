"""Sending a message once and in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from services.chat.domain import (
    MAX_BLOCKS_PER_SEND,
    Action,
    Message,
    MessageKind,
    MessageRequest,
    Room,
    SequenceBlock,
    derive_token,
)
from services.chat.errors import (
    AfterSeqStale,
    CircleReadOnly,
    ListingNotFound,
    ListingNotOnSale,
    MessageConflict,
    MessageNotFound,
    RoomArchived,
    RoomNotFound,
)
from services.chat.repository import messages, participants, rooms
from services.chat.settings import settings
from services.chat.usecases.cards import trade_rule
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_message
from services.chat.usecases.send_limits import count_for_network, require_room_below_limit
from services.chat.usecases.slow_mode import slow_mode_slot
from services.shared.kernel.clock import from_millis
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.networks import network_of
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

    A retry with the same `client_msg_id` and text returns the stored message. The push is best effort; history is
    authoritative.

    Cost: 3 write units (rate-limit slot, sequence number, message) and 2.5 read units; in a slow room 4 and 3.
    Raises: CircleNotFound, RoomNotFound, CallerMuted, RoleNotAllowed (the room's settings name other senders),
    NewcomerLimitExceeded, CircleReadOnly, RoomArchived, SendRateExceeded, SlowModeActive, ListingNotFound, ListingNotOnSale,
    MessageConflict (same id, other text), AfterSeqStale (too far behind: a retry could look like a new message), Invalid
    (after_seq is ahead of the room), MessageNotFound (a retry of a message that has expired).
    """
    at = ports.clock()
    token = request.idempotency_token(caller.user_id)
    room, interval = _get_writable_room(ports, caller, circle_id, room_id, at)
    with slow_mode_slot(ports, room, caller.user_id, token, at):
        is_retry = not _acquire_slot(ports, caller, room, request, token, at, interval)
        card = _get_card(ports, caller, circle_id, request)
        stored = _store(ports, caller, room, request, card, token, at, is_retry=is_retry)
        if not stored.matches(caller.user_id, request):
            raise MessageConflict
    return stored.as_seen_by(caller.user_id), card


def _store(
    ports: Ports,
    caller: Caller,
    room: Room,
    request: MessageRequest,
    card: ProductCard | None,
    token: str,
    at: datetime,
    *,
    is_retry: bool,
) -> Message:
    """Store the message under a number of its own, unless an earlier try did; return what is stored there."""
    circle_id, room_id = room.circle_id, room.id
    first_block = SequenceBlock.containing(request.after_seq)
    while True:
        reserved = _reserve_sequence_number(ports, circle_id, room_id, first_block, token, is_retry=is_retry)
        seq, is_retry = reserved.number, False
        message = _message(room_id, reserved, caller.user_id, request, at)
        stored = None if reserved.fresh else _find_sent(ports, room, seq, at)
        stored = stored or messages.put_message(ports.table, circle_id, message)
        if stored is message:
            push_message(ports, message, card)
        if stored.kind is not MessageKind.VOID:
            return stored
        # A reader stored a void under the number before this send came to it. The send gets another number, under a
        # token that every retry derives in the same way.
        token, first_block = derive_token(token, str(seq)), SequenceBlock.containing(seq)


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


def _get_writable_room(ports: Ports, caller: Caller, circle_id: str, room_id: str, at: datetime) -> tuple[Room, timedelta]:
    """Return a room to which messages can be sent now, and the least time between the sender's messages, 0 as a rule.

    Nothing is written before this is known. A network that sends more than its rate is not cut off, because a carrier puts
    thousands of users behind one address: each member there sends more slowly until the network is below its rate again.

    Only for a room that denies every message is the membership read: a user who is not a member never learns why.
    Raises: CircleNotFound, RoomNotFound, CallerMuted, CircleReadOnly, RoomArchived.
    """
    place = rooms.find_place(ports.table, circle_id, room_id, network_of(caller.ip) if caller.ip else "", at)
    circle, room = place.circle, place.room
    if circle and room and not circle.is_read_only(at) and not room.settings.is_archived:
        return room, settings().network_member_interval if place.is_network_over_limit else timedelta(0)
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.SEND, at)
    if circle is None or room is None or not participant.can_enter(room_id):
        raise RoomNotFound
    raise CircleReadOnly if circle.is_read_only(at) else RoomArchived


def _acquire_slot(
    ports: Ports, caller: Caller, room: Room, request: MessageRequest, token: str, at: datetime, interval: timedelta
) -> bool:
    """Use a slot of the sender's rate limit; return False for a retry of their last send, which needs none."""
    # With after_seq: the same id behind another block would get another number there, so it is no retry.
    slot_token = derive_token(token, str(request.after_seq))
    over_limits = is_over_newcomer_limits(request.text, max_mentions=settings().max_mentions_of_newcomer)
    is_used = participants.acquire_rate_limit_slot(
        ports.table, room, caller.user_id, slot_token, at, over_newcomer_limits=over_limits, interval=interval
    )
    if is_used:
        count_for_network(ports, caller, token)
    return is_used


def _message(room_id: str, reserved: Reserved, sender: str, request: MessageRequest, at: datetime) -> Message:
    kind = MessageKind.CARD if request.listing_id else MessageKind.TEXT
    content = (request.client_msg_id, request.text, request.text_hash, request.listing_id)
    return Message(room_id, reserved.number, kind, at, from_millis(reserved.earlier_at), sender, *content)


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
    reserve = partial(_reserve_in_block, ports, circle_id, room_id, token)
    full_at: int | None = None  # when the last number of the block before was reserved, if that block is full
    try:
        if not is_retry:
            return reserve(first)
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
            return reserve(SequenceBlock(index), after=full_at if index > last else None)
        except SequenceBlockFull as full:
            full_at = full.reserved_at
    raise AfterSeqStale


def _reserve_in_block(
    ports: Ports, circle_id: str, room_id: str, token: str, block: SequenceBlock, after: int | None = None
) -> Reserved:
    """Reserve a number of a block; `after` as in `reserve_sequence_number`: a block that can be new needs the room's rate."""
    if after is not None:
        require_room_below_limit(ports, circle_id, room_id, block)
    return messages.reserve_sequence_number(ports.table, circle_id, room_id, block, token, at=ports.clock(), after=after)


def _ahead_of_room() -> Invalid:
    """Return the error of a sender whose first block does not exist: the room is read before."""
    return Invalid(fields=(FieldError("/after_seq", "ahead-of-room"),))
