"""What a send needs before its message is stored: a room, a slot, and what the message shows or answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from services.chat.domain import Action, Message, MessageRequest, Participant, Room
from services.chat.errors import (
    CircleNotFound,
    ListingNotFound,
    ListingNotOnSale,
    MentionAllLimitReached,
    MessageNotFound,
    SendRateExceeded,
)
from services.chat.repository import messages, participants, rooms
from services.chat.repository.circles import get_circle
from services.chat.repository.mentions_of_all import acquire_mention_of_all
from services.chat.repository.networks import is_network_over_limit
from services.chat.settings import settings
from services.chat.usecases.cards import trade_rule
from services.chat.usecases.numbering import find_earlier_try, has_number
from services.chat.usecases.open_rooms import require_open
from services.chat.usecases.pictures import require_sendable_pictures
from services.chat.usecases.ports import Ports
from services.chat.usecases.send_limits import count_for_network
from services.shared.kernel.clock import seconds_until_tomorrow
from services.shared.kernel.errors import DomainError, FieldError, Invalid, PicturesInvalid
from services.shared.kernel.networks import network_of
from services.shared.pictures.upload import Picture
from services.shared.security.auth import Caller
from services.shared.security.newcomers import is_over_newcomer_limits
from services.shared.security.trading import Trade
from services.shared.table.blocks import list_blocked_users
from services.shared.table.cards import ProductCard, find_stored_card


def require_sender(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, at: datetime
) -> tuple[Participant, Room, timedelta]:
    """Return the sender's membership, the room, and the least time between the sender's messages; 0 for that of the burst.

    Nothing is written before this is known. The membership is read first: to a user who is not a member, a circle and an
    unknown one are the same read. A network that sends more than its rate is not cut off, because a carrier puts thousands of
    users behind one address: each member there sends more slowly until the network is below its rate again. Of a member who
    has sent nothing for that long, the network is not read: the slot requires this time, and no network requires more.

    Cost: 1 read unit; 1.5 for a member who has just sent.
    Raises: CircleNotFound, CallerMuted, RoomNotFound, RoleNotAllowed, CircleReadOnly, RoomArchived.
    """
    slowed = settings().network_member_interval if caller.ip else timedelta(0)
    member, is_rested = participants.find_sender(ports.table, circle_id, caller.user_id, slowed, at)
    if member is None or not member.can(Action.SEND):
        raise CircleNotFound
    member.require_not_muted(Action.SEND, at)
    network = network_of(caller.ip) if caller.ip and not is_rested else ""
    found, is_over_limit = rooms.find_room_and_rate(ports.table, circle_id, room_id, network, at)
    room = require_open(found, member, at)
    member.require_can_send(room, at)
    return member, room, slowed if is_rested or is_over_limit else timedelta(0)


def acquire_slot(ports: Ports, caller: Caller, room: Room, request: MessageRequest, interval: timedelta, at: datetime) -> bool:
    """Use a slot of the sender's rate limit; return False for a retry of their last send, which needs none.

    Cost: 1 write unit, and 1 for one of 16 messages, for the network.
    """
    acquire = partial(
        participants.acquire_rate_limit_slot,
        ports.table,
        room,
        caller.user_id,
        request.slot_token(caller.user_id),
        at,
        over_newcomer_limits=is_over_limits(request.text, request.mentions, len(request.picture_ids)),
        mentions_all=request.mentions_all,
    )
    try:
        is_used = acquire(interval=interval)
    except SendRateExceeded:
        # A parallel message of the member was faster than one for which the network was not read.
        if not interval or is_network_over_limit(ports.table, network_of(caller.ip), at):
            raise
        is_used = acquire()
    if is_used:
        count_for_network(ports, caller, request.idempotency_token(caller.user_id))
    return is_used


def is_over_limits(text: str, mentions: tuple[str, ...], pictures: int = 0) -> bool:
    """Whether a newcomer cannot send this. Mentions count as they are named, and as the text looks like: it can name others."""
    max_pictures, max_mentions = settings().max_pictures_of_newcomer, settings().max_mentions_of_newcomer
    is_over = is_over_newcomer_limits(text, max_mentions=max_mentions, pictures=pictures, max_pictures=max_pictures)
    return is_over or len(mentions) > max_mentions


def get_card(ports: Ports, caller: Caller, circle_id: str, request: MessageRequest) -> ProductCard | None:
    """Return the card of the product that a message shows, as its sender sees it; None for a plain message.

    Price and stock come from commerce's last event, never from the sender. A product that was published once is never unknown
    again, so a retry has the same result. A card whose sale has ended can be sent, and shows that it is off sale.

    Raises: ListingNotFound (also for a product of another circle), SellingNotOpen, ListingNotOnSale (the seller or the
    circle's owner is restricted).
    """
    if not request.listing_id:
        return None
    card = find_stored_card(ports.table, circle_id, request.listing_id)
    if card is None:
        raise ListingNotFound
    list_blocked = partial(list_blocked_users, ports.table, caller.user_id)
    trade = trade_rule(ports, circle_id, list_blocked).evaluate(card.offer)
    if trade is Trade.PAUSED:
        get_circle(ports.table, circle_id).selling.require_open(settings().selling_starts_after, ports.clock())
        raise ListingNotOnSale
    return replace(card, on_sale=trade is Trade.OPEN)


def get_pictures(ports: Ports, sender: str, room: Room, request: MessageRequest) -> tuple[tuple[Picture, ...], Message | None]:
    """Return the pictures of a message; or the message, if this is a retry so late that its uploads are not remembered."""
    try:
        return require_sendable_pictures(ports, sender, room.id, request), None
    except PicturesInvalid:
        if sent := find_earlier_try(ports, room.circle_id, room.id, sender, request):
            return sent.pictures, sent
        raise


def require_reply_and_mention(
    ports: Ports, caller: Caller, member: Participant, room: Room, request: MessageRequest, at: datetime
) -> None:
    """Require that the sender sees the message that is answered, and that all can be mentioned today.

    Also of a retry of the last send: its first try can have been denied here. A request that has a number was not denied,
    whatever changed since.
    Cost: 0.5 or 1 read unit for a reply, 1 write unit to mention all.
    Raises: Invalid (reply_to), MentionAllLimitReached.
    """
    denial: DomainError | None = None
    limit, token = settings().mentions_of_all_per_day, request.idempotency_token(caller.user_id)
    if request.reply_to and not _sees(ports, caller, member, room, request.reply_to, at):
        denial = Invalid(fields=(FieldError("/reply_to", "must-be-message-of-room"),))
    elif request.mentions_all and not acquire_mention_of_all(ports.table, room.circle_id, token, at, limit):
        denial = MentionAllLimitReached(limit=limit, retry_after=seconds_until_tomorrow(at))
    if denial and not has_number(ports, room.circle_id, room.id, caller.user_id, request):
        raise denial


def _sees(ports: Ports, caller: Caller, member: Participant, room: Room, seq: int, at: datetime) -> bool:
    """Whether a user sees the content of a message of a room that they can enter."""
    message = messages.find_message(ports.table, room.circle_id, room.id, seq)
    if message is None or not message.is_shown:
        return False
    try:
        room.require_visible(message, member.member_since, at)
    except MessageNotFound:
        return False
    return message.sender == caller.user_id or message.sender not in list_blocked_users(ports.table, caller.user_id)
