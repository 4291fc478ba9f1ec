"""Saying something in a room: once, in order, and to everybody who listens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.chat.domain import (
    BURST_MS,
    MAX_BLOCKS,
    Circle,
    Draft,
    Kind,
    Message,
    block_of,
    short_hash,
)
from services.chat.errors import (
    CircleNotFound,
    CircleReadOnly,
    ListingNotFound,
    ListingNotTradable,
    MessageConflict,
    StaleAfterSeq,
    TooFast,
)
from services.chat.repository import rooms, sockets
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import rfc3339
from services.shared.kernel.errors import FieldError, Invalid, Muted
from services.shared.security.account_status import SanctionLevel, get_account_status
from services.shared.security.auth import Caller
from services.shared.table.cards import ProductCard, find_card
from services.shared.table.port import (
    BlockFull,
    BlockMissing,
    ConditionFailed,
    Reserved,
)

CARD_FIELDS = ("listing_id", "title", "amount", "currency", "stock", "on_sale")


def send_message(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, draft: Draft
) -> tuple[Message, ProductCard | None]:
    """Say `draft` in a room. The same client_msg_id says it once, however often and however late it is tried; with another
    text it is refused. Three write units: turn, number, message. Then it is pushed; the push is a hint. Answers the
    message, with the goods if it is a card."""
    at = ports.clock()
    token = draft.token(caller.user_id)
    _take_turn(ports, caller, circle_id, token, at)
    circle = rooms.find_circle(ports.table, circle_id)
    if circle.is_read_only(at):
        raise CircleReadOnly
    caller.require_not_muted()
    card = _card_of(ports, circle, draft, at)
    start = block_of(draft.after_seq)
    while True:
        number = _take_number(ports, circle_id, room_id, start, token).number
        wanted = _message(room_id, number, caller.user_id, draft, at)
        stands = rooms.put_message(ports.table, circle_id, wanted)
        if stands is wanted:
            push_message(ports, stands, card)
        if stands.kind is not Kind.VOID:
            break
        # This wish was too late for its number: it gets another, under a token that every retry derives alike.
        token, start = short_hash(token, str(number)), block_of(number)
    if not stands.answers(caller.user_id, draft):
        raise MessageConflict
    return stands, card


def push_message(ports: Ports, message: Message, card: ProductCard | None) -> None:
    """Post a message to all who listen to its room; forget connections that are gone or whose sign-in has ended."""
    at = ports.clock()
    live: set[str] = set()
    ended: set[str] = set()
    for socket in sockets.listeners(ports.table, message.room_id):
        (live if socket.is_live(at) else ended).add(socket.connection_id)
    gone = ports.sockets.post_all(live, {"type": "message", **describe(message, card)})
    for connection_id in ended:
        ports.sockets.close(connection_id)
    for connection_id in gone | ended:
        sockets.forget_socket(ports.table, connection_id)


def describe(message: Message, card: ProductCard | None) -> dict[str, Any]:
    """A message as sockets carry it; the HTTP API has the same names."""
    shown = {name: getattr(card, name) for name in CARD_FIELDS} if card else None
    return {
        "room_id": message.room_id,
        "seq": message.seq,
        "message": {
            "seq": message.seq,
            "kind": str(message.kind),
            "sender": message.sender or None,
            "client_msg_id": message.client_msg_id or None,
            "text": message.text,
            "sent_at": rfc3339(message.sent_at),
            "card": shown,
        },
    }


def _message(room_id: str, number: int, sender: str, draft: Draft, at: datetime) -> Message:
    kind = Kind.CARD if draft.listing_id else Kind.TEXT
    said = (sender, draft.client_msg_id, draft.text, draft.text_hash, draft.listing_id)
    return Message(room_id, number, kind, at, *said)


def _card_of(ports: Ports, circle: Circle, draft: Draft, at: datetime) -> ProductCard | None:
    """The goods that a card shows, of this very circle. Price, stock and whether it is still on sale are never the
    sender's to say; what commerce told of once stays known, so a retry is answered alike. No card while its seller or the
    circle's owner may not trade."""
    if not draft.listing_id:
        return None
    card = find_card(ports.table, circle.id, draft.listing_id)
    if card is None:
        raise ListingNotFound
    if any(
        get_account_status(ports.table, who).at(at).includes(SanctionLevel.RESTRICTED) for who in {card.seller, circle.owner}
    ):
        raise ListingNotTradable
    return card


def _take_turn(ports: Ports, caller: Caller, circle_id: str, token: str, at: datetime) -> None:
    try:
        rooms.take_turn(ports.table, circle_id, caller.user_id, token, at)
    except ConditionFailed as failed:
        who = rooms.participant_from_item(failed.old) if failed.old else None
        if who is None or not who.is_in:
            raise CircleNotFound from None
        if who.is_muted(at):
            raise Muted from None
        if (failed.old or {}).get("last_token") != token:
            raise TooFast(retry_after=BURST_MS // 1000) from None


def _take_number(ports: Ports, circle_id: str, room_id: str, start: int, token: str) -> Reserved:
    """Walk the blocks from where the sender had read. A block is opened only after this very walk found the one before it
    full: so numbers have no gaps, and a wish that was numbered before is met on the way."""
    for block in range(start, start + MAX_BLOCKS):
        try:
            return rooms.take_number(ports.table, circle_id, room_id, block, token, may_open=block > start)
        except BlockFull:
            continue
        except BlockMissing:
            rooms.find_room(ports.table, circle_id, room_id)
            raise Invalid(fields=(FieldError("/after_seq", "is ahead of the room"),)) from None
    raise StaleAfterSeq
