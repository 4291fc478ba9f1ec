"""Reading the history of a room, as one member sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache, partial

from services.chat.domain import Action, Message, Reaction, Room, void
from services.chat.errors import MessageNotFound
from services.chat.repository import messages, participants, rooms
from services.chat.repository.reactions import find_own_reactions
from services.chat.usecases.cards import trade_rule
from services.chat.usecases.history import list_history, list_history_until
from services.chat.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.table.blocks import list_blocked_users
from services.shared.table.cards import ProductCard, find_product_cards


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A message in the history of a room, with its current product card.

    answered: the message that it answers, as the reader sees it now. own_reactions: those of the reader.
    """

    message: Message
    card: ProductCard | None
    is_pinned: bool
    answered: Message | None = None
    own_reactions: tuple[Reaction, ...] = ()


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
    user that the caller blocked is hidden; one that was recalled, removed or taken down is a tombstone: it has a number and a
    time. Its sender gets the text of what was taken down, and why it was taken down or removed.

    Cost: 5 read units for 20; 0.5 of them at the end of a room without a message of the last 15 seconds. 0.5 more per message
    that is answered and not in the page, and 0.5 if a message has reactions.
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
    """Return the messages with their product cards, pins and what they answer, as the caller sees them.

    No tombstone has a pin, and none says what it answered. What a message answers is read together, unless the page has it:
    0.5 read units each. The caller's reactions are one query, if a message of the page has some. The blocks are read if a
    message of another user is among these.
    """
    list_blocked = cache(partial(list_blocked_users, ports.table, caller.user_id))
    is_hidden = {message.seq for message in page if _is_blocked(message, caller, list_blocked)}
    shown = [_as_seen(message, caller, list_blocked) for message in page]
    rule = trade_rule(ports, room.circle_id, list_blocked)
    cards = find_product_cards(ports.table, room.circle_id, (message.listing_id for message in shown), rule)
    pins = frozenset(room.pins) - is_hidden - {message.seq for message in page if not message.is_shown}
    answered = _find_answered(ports, room, page, [message.reply_to for message in shown if message.reply_to])
    own_reactions = _find_own_reactions(ports, caller, room, [message.seq for message in shown if message.reactions])
    return [
        HistoryEntry(
            message,
            cards.get(message.listing_id),
            message.seq in pins,
            _as_seen(answered[message.reply_to], caller, list_blocked) if message.reply_to else None,
            own_reactions.get(message.seq, ()),
        )
        for message in shown
    ]


def _find_own_reactions(ports: Ports, caller: Caller, room: Room, seqs: Sequence[int]) -> dict[int, tuple[Reaction, ...]]:
    return find_own_reactions(ports.table, room.circle_id, room.id, caller.user_id, seqs) if seqs else {}


def _find_answered(ports: Ports, room: Room, page: Sequence[Message], seqs: Sequence[int]) -> dict[int, Message]:
    """Return the messages of these numbers; a void for one that was deleted. Eventually consistent outside of the page."""
    found = {message.seq: message for message in page}
    missing = sorted(set(seqs) - found.keys())
    read = messages.find_messages(ports.table, room.circle_id, room.id, missing) if missing else []
    found |= {message.seq: message for message in read}
    return {seq: found.get(seq) or void(room.id, seq, ports.clock()) for seq in seqs}


def _as_seen(message: Message, caller: Caller, list_blocked: Callable[[], Collection[str]]) -> Message:
    """Return a message as the caller sees it: hidden if they blocked the sender, a tombstone if it is not shown."""
    return message.hide() if _is_blocked(message, caller, list_blocked) else message.as_seen_by(caller.user_id)


def _is_blocked(message: Message, caller: Caller, list_blocked: Callable[[], Collection[str]]) -> bool:
    return message.is_by_another(caller.user_id) and message.sender in list_blocked()
