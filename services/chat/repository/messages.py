"""Messages and their sequence numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Self

from services.chat.domain import MAX_SEQ, SEQUENCE_BLOCK_SIZE, LastReserved, Message, MessageKind, Reaction, SequenceBlock
from services.chat.errors import MessageNotFound
from services.chat.repository.message_items import (
    HIGHLIGHTED_AT,
    MESSAGE,
    REACTION_COUNT,
    RETRIED,
    message_from_item,
    message_key,
    message_to_item,
)
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, PRESENT, Attr, Key, Put, Query
from services.shared.table.pages import get_all, query_all
from services.shared.table.port import ConditionFailed, HasTable, Reserved, Table, Write, find_reserved
from services.shared.table.purging import delete_item
from services.shared.table.versioned import Versioned, apply

if TYPE_CHECKING:
    from services.shared.messaging.stream import Change

MAX_RANGE = 200  # messages of one query
MESSAGES_PER_PURGE = 500
MESSAGES_PER_QUERY = 20  # of a search for the newest message before a moment: the first query has it as a rule


def sequence_block_key(circle_id: str, room_id: str, block: SequenceBlock) -> Key:
    """The circle is part of the key: a member who names another circle's room with their own circle finds no block."""
    return Key(sequence_partition(circle_id, room_id), f"BLOCK#{block.index:010}")


def first_block_write(circle_id: str, room_id: str) -> Put:
    """Return the write of a new room's first block."""
    return Put({**sequence_block_key(circle_id, room_id, SequenceBlock(0)).attributes(), "first": 1, "last": 0}, ABSENT)


def sequence_partition(circle_id: str, room_id: str) -> str:
    return f"CIRCLE#{circle_id}#SEQ#{room_id}"


def reserve_sequence_number(
    table: Table, circle_id: str, room_id: str, block: SequenceBlock, token: str, *, at: datetime, after: int | None = None
) -> Reserved:
    """Reserve the next number of a block for a token; a token that has a number in the block gets that one again.

    after: create the block if it does not exist, as the block after one whose last number was reserved at this time, in
    milliseconds.

    Raises: SequenceBlockFull, SequenceBlockMissing.
    """
    return table.reserve(
        sequence_block_key(circle_id, room_id, block),
        token=token,
        first=block.first_number,
        size=SEQUENCE_BLOCK_SIZE,
        create_block=after is not None,
        at=millis(at),
        earlier_at=millis(at) if after is None else after,
    )


def find_sequence_number(
    table: Table, circle_id: str, room_id: str, first: SequenceBlock, token: str, limit: int
) -> tuple[Reserved | None, int]:
    """Return what a token reserved in at most `limit` blocks from the first on, or None; and how many of them exist.

    One query: a write per block, whose condition fails, would cost as much as a message for each block that is full.
    Cost: 1 read unit per 4 blocks.
    """
    first_key, last_key = (
        sequence_block_key(circle_id, room_id, SequenceBlock(index)) for index in (first.index, first.index + limit - 1)
    )
    query = Query(pk=first_key.pk, first=first_key.sk, last=last_key.sk, limit=limit, consistent_read=True)
    blocks = table.query(query).items
    reserved = (find_reserved(block, token) for block in blocks)
    return next(filter(None, reserved), None), len(blocks)


def find_last_reserved(table: Table, circle_id: str, room_id: str, block: SequenceBlock) -> LastReserved | None:
    """Return the last number that was reserved in a block, or None: of a block that does not exist or has no number.

    Eventually consistent: an older state of the block has an older number with its own time.
    """
    item = table.get(sequence_block_key(circle_id, room_id, block))
    return LastReserved(item["last"], from_millis(item["reserved_at"])) if item and "reserved_at" in item else None


def room_of_message(key: Key) -> tuple[str, str]:
    """Return the circle and the room of a message's key."""
    _, circle_id, _, room_id = key.pk.split("#")
    return circle_id, room_id


@dataclass(frozen=True, slots=True)
class MessageChanges:
    """The messages that are stored after some changes, by their numbers; the numbers of those that were deleted, or revised.

    A message of a deleted account that became a void is deleted too: as a void it is part of the history.
    changes_counts: whether one of the revised messages is shown now and was not, or is not and was.
    """

    stored: list[Message]
    deleted: list[int]
    revised: list[int]
    changes_counts: bool

    @classmethod
    def of(cls, changes: Sequence[Change]) -> Self:
        last = {change.key.sk: change.new for change in changes}
        stored = [message_from_item(item) for _, item in sorted(last.items()) if item]
        images = ((change.key.sk, change.old, change.new) for change in changes)
        erased = {sk for sk, old, new in images if old and new and old["sender"] and not new["sender"]}
        deleted = [_number(sk) for sk, item in last.items() if item is None or sk in erased]
        # A count of reactions changes no version.
        both = ((change.old, change.new) for change in changes if change.old and change.new)
        pairs = [(message_from_item(old), message_from_item(new)) for old, new in both if old["version"] != new["version"]]
        changes_counts = any(before.is_shown != after.is_shown for before, after in pairs)
        return cls(stored, deleted, sorted({after.seq for _, after in pairs}), changes_counts)


def numbers_of(changes: Sequence[Change]) -> list[int]:
    """Return the numbers of the messages that changed."""
    return [_number(change.key.sk) for change in changes]


def changed_message(change: Change) -> tuple[Message | None, Message | None]:
    """Return a message before and after a change of its item."""
    before, after = (message_from_item(item) if item else None for item in (change.old, change.new))
    return before, after


def _number(sk: str) -> int:
    return int(sk.removeprefix(MESSAGE))


def put_message(ports: HasTable, circle_id: str, message: Message, *also: Write) -> Message:
    """Store a message under its number if that is free, with other writes in one transaction; return what is stored there.

    Raises: ConditionFailed (of another write).
    """
    try:
        apply(ports, Put(message_to_item(message, circle_id), ABSENT), *also)
    except ConditionFailed as failed:
        if failed.old is None or failed.index > 0:
            raise
        return message_from_item(failed.old)
    return message


def mark_retried(table: Table, circle_id: str, message: Message) -> None:
    """Mark a message as sent again, once; unchanged if it is marked, or was deleted.

    Cost: 1 write unit.
    """
    key = message_key(circle_id, message.room_id, message.seq)
    with suppress(ConditionFailed):
        table.update(key, set={RETRIED: True}, when=PRESENT & Attr(RETRIED).not_exists())


def find_message(table: Table, circle_id: str, room_id: str, seq: int, *, consistent_read: bool = False) -> Message | None:
    item = table.get(message_key(circle_id, room_id, seq), consistent_read=consistent_read)
    return message_from_item(item) if item else None


def find_messages(
    table: Table, circle_id: str, room_id: str, seqs: Sequence[int], *, consistent_read: bool = False
) -> list[Message]:
    """Return those of these messages that exist, in their order, read together."""
    keys = [message_key(circle_id, room_id, seq) for seq in seqs]
    items = get_all(table, keys, consistent_read=consistent_read)
    return [message_from_item(items[key]) for key in keys if key in items]


def get_message(table: Table, circle_id: str, room_id: str, seq: int) -> Message:
    """Return a message that was sent.

    Raises: MessageNotFound (also for a void, and for a message that was recalled or removed, or that is down).
    """
    message = find_message(table, circle_id, room_id, seq)
    if message is None:
        raise MessageNotFound
    message.require_shown()
    return message


def get_message_in_range(
    table: Table, circle_id: str, room_id: str, seq: int, seqs: Sequence[int]
) -> tuple[Message, list[Message]]:
    """Return a message that was sent, and the other stored messages of a range around it, in order.

    Cost: 1 read unit per 4 KB, in one consistent query.
    Raises: MessageNotFound (as `get_message`).
    """
    found = {message.seq: message for message in find_range(table, circle_id, room_id, seqs)}
    message = found.pop(seq, None)
    if message is None:
        raise MessageNotFound
    message.require_shown()
    return message, list(found.values())


def load_message(table: Table, circle_id: str, room_id: str, seq: int) -> Versioned[Message]:
    """Load a message for a change, which leaves its counts of reactions and its mark. Raises: MessageNotFound."""
    to_item = partial(message_to_item, circle_id=circle_id)
    counts = frozenset({RETRIED, *(f"{REACTION_COUNT}{reaction}" for reaction in Reaction)})
    return EntityStore(to_item, message_from_item, MessageNotFound, counts).load(table, message_key(circle_id, room_id, seq))


def load_message_to_erase(table: Table, circle_id: str, room_id: str, seq: int) -> Versioned[Message]:
    """Load a message for a change that erases its content.

    Its counts of reactions are erased, and what its edits left to recognise their repeats: a hash of a text.
    Raises: MessageNotFound.
    """
    loaded = load_message(table, circle_id, room_id, seq)
    item = {name: value for name, value in (loaded.item or {}).items() if name != "requests"}
    return replace(loaded, item=item, counters=frozenset())


def list_messages_after(table: Table, circle_id: str, room_id: str, seq: int, limit: int) -> Page[Message]:
    """Return at most `limit` stored messages after a number, in order; numbers can be missing between them.

    The read is consistent: a message that was acknowledged to its sender is always in it.
    """
    first = message_key(circle_id, room_id, seq + 1)
    last = message_key(circle_id, room_id, MAX_SEQ)
    query = Query(pk=first.pk, first=first.sk, last=last.sk, limit=limit, consistent_read=True)
    return table.query(query).map(message_from_item)


def find_range(table: Table, circle_id: str, room_id: str, seqs: Sequence[int]) -> list[Message]:
    """Return those of these messages that exist, which are close together, by one consistent query.

    Cost: 1 read unit per 4 KB.
    """
    first, last = min(seqs), max(seqs)
    page = list_messages_after(table, circle_id, room_id, first - 1, min(last - first + 1, MAX_RANGE))
    return [message for message in page.items if message.seq in seqs]


def iter_messages_newest_first(table: Table, circle_id: str, room_id: str) -> Iterator[Message]:
    """Yield the stored messages of a room, the newest first; eventually consistent."""
    pk = message_key(circle_id, room_id, 0).pk
    query = Query(pk=pk, prefix=MESSAGE, limit=MESSAGES_PER_QUERY, newest_first=True)
    return map(message_from_item, query_all(table, query))


def iter_messages_until(table: Table, circle_id: str, room_id: str, seq: int) -> Iterator[Message]:
    """Yield the stored messages up to a number, in order, by consistent reads."""
    first, last = message_key(circle_id, room_id, 0), message_key(circle_id, room_id, seq)
    query = Query(pk=first.pk, first=first.sk, last=last.sk, limit=MESSAGES_PER_PURGE, consistent_read=True)
    return map(message_from_item, query_all(table, query))


def delete_message(table: Table, circle_id: str, message: Message) -> None:
    """Delete a message that has expired. Unchanged if it is a highlight by now. The end of an audit chain stays."""
    key = message_key(circle_id, message.room_id, message.seq)
    is_audited = message.kind is MessageKind.REMOVED
    item = table.get(key, consistent_read=True) if is_audited else key.attributes()
    with suppress(ConditionFailed):
        delete_item(table, item or key.attributes(), when=Attr(HIGHLIGHTED_AT).not_exists())
