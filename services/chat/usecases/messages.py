"""Reading the history of a room, as one member sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial

from services.chat.domain import Action, Message, Reaction, Room, void
from services.chat.errors import MessageNotFound
from services.chat.repository import messages, participants, rooms
from services.chat.repository.reactions import find_own_reactions
from services.chat.usecases.cards import trade_rule
from services.chat.usecases.history import find_first_seq, list_history, list_history_until
from services.chat.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.security.card_tokens import CardSource, SourceKind
from services.shared.table.blocks import list_blocked_users
from services.shared.table.cards import ProductCard, find_product_cards, with_token


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A message in the history of a room, with its current product card.

    answered: the message that it answers, as the reader sees it now. own_reactions: those of the reader.
    is_first: whether the reader can read nothing before it.
    """

    message: Message
    card: ProductCard | None
    is_pinned: bool
    answered: Message | None = None
    own_reactions: tuple[Reaction, ...] = ()
    is_first: bool = False


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
    time. Its sender gets the text of what was taken down, and why it was taken down or removed. Nothing is returned that has
    expired, or, where the room says so, from before the member joined.

    Cost: 5 read units for 20; 0.5 of them at the end of a room without a message of the last 15 seconds. 0.5 more per message
    that is answered and not in the page, and 0.5 if a message has reactions.
    Raises: CircleNotFound, RoomNotFound, MessageNotFound (`around` is a number that the history does not show).
    """
    # Consistent: a kicked member reads nothing from the moment that the kick is stored.
    participant = participants.require_participant(
        ports.table, circle_id, caller.user_id, Action.READ, ports.clock(), consistent_read=True
    )
    room = rooms.require_room(ports.table, participant, room_id)
    since = room.visible_since(participant.member_since, ports.clock())
    if after_seq is not None:
        first = find_first_seq(ports, room, since, max(after_seq, room.purged_to) + 1)
        history, has_more = list_history(ports, circle_id, room_id, first - 1, limit)
    else:
        history, has_more = list_history_until(ports, room, _last_seq(before_seq, around, limit), limit)
    entries = _visible_entries(ports, caller, room, since, history)
    if around is not None and around not in (entry.message.seq for entry in entries):
        raise MessageNotFound
    return entries, has_more


def _visible_entries(
    ports: Ports, caller: Caller, room: Room, since: datetime | None, history: Sequence[Message]
) -> list[HistoryEntry]:
    visible = [message for message in history if message.seq > room.purged_to and not message.is_before(since)]
    entries = history_entries(ports, caller, room, visible, since)
    if visible and _is_first(ports, room, since, history, visible[0]):
        entries[0] = replace(entries[0], is_first=True)
    return entries


def _last_seq(before_seq: int | None, around: int | None, limit: int) -> int | None:
    """Return the number at which a page ends; None for the end of the room."""
    if around is not None:
        return max(limit, around + (limit - 1) // 2)
    return None if before_seq is None else before_seq - 1


def _is_first(ports: Ports, room: Room, since: datetime | None, history: Sequence[Message], first: Message) -> bool:
    """Whether the reader can read nothing before a message: `first` is what is visible first of the history.

    Cost: 0.5 read units, only if messages were sent before `since`.
    """
    if since is None or first.seq == room.purged_to + 1 or first != history[0]:
        return first.seq == room.purged_to + 1 or first != history[0]
    before = messages.find_message(ports.table, room.circle_id, room.id, first.seq - 1)
    return before is None or before.is_before(since)


def history_entries(
    ports: Ports, caller: Caller, room: Room, page: Sequence[Message], since: datetime | None
) -> list[HistoryEntry]:
    """Return the messages with their product cards, pins and what they answer, as the caller sees them.

    since: the moment since which the caller reads the messages of the room, also those that are answered; None for all.

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
    answered = _find_answered(ports, room, page, since, [message.reply_to for message in shown if message.reply_to])
    own_reactions = _find_own_reactions(ports, caller, room, [message.seq for message in shown if message.reactions])
    return [
        HistoryEntry(
            message,
            _card_of(ports, caller, message, cards),
            message.seq in pins,
            _as_seen(answered[message.reply_to], caller, list_blocked) if message.reply_to else None,
            own_reactions.get(message.seq, ()),
        )
        for message in shown
    ]


def _card_of(ports: Ports, caller: Caller, message: Message, cards: Mapping[str, ProductCard]) -> ProductCard | None:
    """Return the card of a message, with a token of where the caller sees it."""
    card = cards.get(message.listing_id)
    source = CardSource(SourceKind.MESSAGE, message.room_id, message.seq, message.sender)
    return card and with_token(ports.attribution_keys, card, source, caller.user_id, ports.clock())


def _find_own_reactions(ports: Ports, caller: Caller, room: Room, seqs: Sequence[int]) -> dict[int, tuple[Reaction, ...]]:
    return find_own_reactions(ports.table, room.circle_id, room.id, caller.user_id, seqs) if seqs else {}


def _find_answered(
    ports: Ports, room: Room, page: Sequence[Message], since: datetime | None, seqs: Sequence[int]
) -> dict[int, Message]:
    """Return the messages of these numbers; a void for one that was deleted, or is not visible.

    Eventually consistent outside of the page.
    """
    missing = sorted(set(seqs) - {message.seq for message in page})
    read = messages.find_messages(ports.table, room.circle_id, room.id, missing) if missing else []
    # A page of highlights has expired ones.
    visible = (message for message in (*page, *read) if message.seq > room.purged_to and not message.is_before(since))
    found = {message.seq: message for message in visible}
    return {seq: found.get(seq) or void(room.id, seq, ports.clock()) for seq in seqs}


def _as_seen(message: Message, caller: Caller, list_blocked: Callable[[], Collection[str]]) -> Message:
    """Return a message as the caller sees it: hidden if they blocked the sender, a tombstone if it is not shown."""
    return message.hide() if _is_blocked(message, caller, list_blocked) else message.as_seen_by(caller.user_id)


def _is_blocked(message: Message, caller: Caller, list_blocked: Callable[[], Collection[str]]) -> bool:
    return message.is_by_another(caller.user_id) and message.sender in list_blocked()
