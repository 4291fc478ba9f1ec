"""Sending a message once and in order, and reading the history of a room without gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial

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
)
from services.chat.repository import circles, messages, participants, rooms
from services.chat.settings import settings
from services.chat.usecases.cards import trade_rule
from services.chat.usecases.history import list_history, list_history_until
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_message
from services.shared.kernel.clock import from_millis
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.security.auth import Caller
from services.shared.security.newcomers import is_over_newcomer_limits
from services.shared.security.trading import Trade
from services.shared.table.blocks import list_blocked_users
from services.shared.table.cards import ProductCard, find_product_cards, find_stored_card
from services.shared.table.port import Reserved, SequenceBlockFull, SequenceBlockMissing


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A message in the history of a room, with its current product card."""

    message: Message
    card: ProductCard | None
    is_pinned: bool


def send_message(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, request: MessageRequest
) -> tuple[Message, ProductCard | None]:
    """Store a message, push it to the room's subscribers, and return it with its product card.

    A retry with the same `client_msg_id` and text returns the stored message. The push is best effort; history is
    authoritative.

    Cost: 3 write units (rate-limit slot, sequence number, message) and 1.5 read units.
    Raises: CircleNotFound, RoomNotFound, CallerMuted, NewcomerLimitExceeded, CircleReadOnly, SendRateExceeded,
    ListingNotFound, ListingNotOnSale, MessageConflict (same id, other text), AfterSeqStale (too far behind: a retry could
    look like a new message), Invalid (after_seq is ahead of the room).
    """
    at = ports.clock()
    token = request.idempotency_token(caller.user_id)
    is_retry = not _acquire_slot(ports, caller, circle_id, room_id, request, token, at)
    circle = circles.get_circle(ports.table, circle_id)
    if circle.is_read_only(at):
        raise CircleReadOnly
    card = _get_card(ports, caller, circle_id, request)
    first_block = SequenceBlock.containing(request.after_seq)
    while True:
        reserved = _reserve_sequence_number(ports, circle_id, room_id, first_block, token, is_retry=is_retry)
        seq, is_retry = reserved.number, False
        message = _message(room_id, reserved, caller.user_id, request, at)
        stored = None if reserved.fresh else messages.find_message(ports.table, circle_id, room_id, seq)
        stored = stored or messages.put_message(ports.table, circle_id, message)
        if stored is message:
            push_message(ports, circle_id, message, card)
        if stored.kind is not MessageKind.VOID:
            break
        # A reader stored a void under the number before this send came to it. The send gets another number, under a
        # token that every retry derives in the same way.
        token, first_block = derive_token(token, str(seq)), SequenceBlock.containing(seq)
    if not stored.matches(caller.user_id, request):
        raise MessageConflict
    return stored.as_seen_by(caller.user_id), card


def _acquire_slot(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, request: MessageRequest, token: str, at: datetime
) -> bool:
    """Use a slot of the sender's rate limit; return False for a retry of their last send, which needs none."""
    # With after_seq: the same id behind another block would get another number there, so it is no retry.
    slot_token = derive_token(token, str(request.after_seq))
    over_limits = is_over_newcomer_limits(request.text, max_mentions=settings().max_mentions_of_newcomer)
    return participants.acquire_rate_limit_slot(
        ports.table, circle_id, caller.user_id, slot_token, at, room_id=room_id, over_newcomer_limits=over_limits
    )


def list_messages(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    room_id: str,
    after_seq: int | None,
    limit: int,
    *,
    before_seq: int | None = None,
    around: int | None = None,
) -> tuple[list[HistoryEntry], bool]:
    """Return a page of messages, in order and without gaps, and whether more can be fetched after it now.

    after_seq: the messages after a number. before_seq: the last ones before a number. around: a message with those around it,
    half of the page before it as a rule. Without any of them: the newest messages.
    Each card has the product's current price and stock. Pins are read with the room, eventually consistent. A message of a
    user that the caller blocked is hidden, and so is one that the platform took down: it has a number and a time. Its author
    gets the text of what was taken down, and why.

    Cost: 5 read units for 20; 0.5 of them at the end of a room without a message of the last 15 seconds.
    Raises: CircleNotFound, RoomNotFound, MessageNotFound (`around` is a number that the history does not show).
    """
    # Consistent: a kicked member reads nothing from the moment that the kick is stored.
    participant = participants.require_participant(
        ports.table, circle_id, caller.user_id, Action.READ, ports.clock(), consistent_read=True
    )
    room = rooms.require_room(ports.table, participant, room_id)
    if after_seq is not None:
        history, has_more = list_history(ports, circle_id, room_id, after_seq, limit)
    else:
        until = None if before_seq is None else before_seq - 1
        if around is not None:
            until = max(limit, around + (limit - 1) // 2)
        history, has_more = list_history_until(ports, room, until, limit)
        if around is not None and around not in (message.seq for message in history):
            raise MessageNotFound
    return history_entries(ports, caller, room, history), has_more


def history_entries(ports: Ports, caller: Caller, room: Room, page: Sequence[Message]) -> list[HistoryEntry]:
    """Return the messages with their product cards and pins, as the caller sees them: hidden if they blocked the sender.

    No message that is down has a pin.

    The blocks are read if the page has a message of another user.
    """
    list_blocked = cache(partial(list_blocked_users, ports.table, caller.user_id))
    is_hidden = {message.seq for message in page if message.is_by_another(caller.user_id) and message.sender in list_blocked()}
    shown = [message.hide() if message.seq in is_hidden else message.as_seen_by(caller.user_id) for message in page]
    rule = trade_rule(ports, room.circle_id, list_blocked)
    cards = find_product_cards(ports.table, room.circle_id, (message.listing_id for message in shown), rule)
    pins = frozenset(room.pins) - is_hidden - {message.seq for message in page if message.take_downs.is_down}
    return [HistoryEntry(message, cards.get(message.listing_id), message.seq in pins) for message in shown]


def _message(room_id: str, reserved: Reserved, sender: str, request: MessageRequest, at: datetime) -> Message:
    kind = MessageKind.CARD if request.listing_id else MessageKind.TEXT
    content = (request.client_msg_id, request.text, request.text_hash, request.listing_id)
    earlier_at = from_millis(reserved.earlier_at)
    in_burst = at - earlier_at < settings().burst_gap
    return Message(room_id, reserved.number, kind, at, earlier_at, sender, *content, in_burst=in_burst)


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
        raise _ahead_of_room(ports, circle_id, room_id) from None
    reserved, existing = messages.find_sequence_number(ports.table, circle_id, room_id, first, token, MAX_BLOCKS_PER_SEND)
    if reserved:
        return reserved
    if not existing:
        raise _ahead_of_room(ports, circle_id, room_id)
    last = first.index + existing - 1
    for index in range(last if is_retry else max(last, first.index + 1), first.index + MAX_BLOCKS_PER_SEND):
        try:
            return reserve(SequenceBlock(index), token, at=ports.clock(), after=full_at if index > last else None)
        except SequenceBlockFull as full:
            full_at = full.reserved_at
    raise AfterSeqStale


def _ahead_of_room(ports: Ports, circle_id: str, room_id: str) -> Invalid:
    """Return the error of a sender whose first block does not exist. Raises: RoomNotFound."""
    rooms.get_room(ports.table, circle_id, room_id)
    return Invalid(fields=(FieldError("/after_seq", "ahead-of-room"),))
