"""The sequence numbers of sends: one per request, however often it is tried."""

from __future__ import annotations

from functools import partial

from services.chat.domain import MAX_BLOCKS_PER_SEND, Message, MessageKind, MessageRequest, SequenceBlock, derive_token
from services.chat.errors import AfterSeqStale
from services.chat.repository import messages
from services.chat.usecases.ports import Ports
from services.chat.usecases.send_limits import require_room_below_limit
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.table.port import Reserved, SequenceBlockFull, SequenceBlockMissing


def reserve_sequence_number(
    ports: Ports, circle_id: str, room_id: str, first: SequenceBlock, token: str, *, is_retry: bool
) -> Reserved:
    """Return the number of this token in the blocks from the one that the sender had read to, or reserve one.

    The first block has room as a rule. Otherwise one query reads the blocks after it: a request that already has a number
    finds it there. A block is created only after the block before it was full, so numbers have no gaps between blocks, and a
    block that is full never gets this token.

    is_retry: the request probably has a number, so the blocks are read before anything is written.
    Raises: AfterSeqStale, Invalid (after_seq is ahead of the room), SendRateExceeded (the room is over its rate).
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


def has_number(ports: Ports, circle_id: str, room_id: str, sender: str, request: MessageRequest) -> bool:
    """Whether an earlier try of this request has a number.

    Cost: 1 read unit per 4 blocks.
    """
    first, token = SequenceBlock.containing(request.after_seq), request.idempotency_token(sender)
    reserved, _ = messages.find_sequence_number(ports.table, circle_id, room_id, first, token, MAX_BLOCKS_PER_SEND)
    return reserved is not None


def find_earlier_try(ports: Ports, circle_id: str, room_id: str, sender: str, request: MessageRequest) -> Message | None:
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
