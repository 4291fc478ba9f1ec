"""Sequence numbers of a room: 1, 2, 3, ... in blocks of 32, so that a retry finds its number again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MAX_SEQ = 10**12 - 1  # 12 digits in a sort key
SEQUENCE_BLOCK_SIZE = 32  # with its tokens, a block of 32 numbers stays within one write unit
MAX_BLOCKS_PER_SEND = 64  # some 2,000 messages; a sender further behind must fetch the history first


@dataclass(frozen=True, slots=True)
class SequenceBlock:
    """A run of 32 sequence numbers, stored as one item. Numbers start at 1, indexes at 0."""

    index: int

    @classmethod
    def containing(cls, seq: int) -> SequenceBlock:
        """Return the block of a number; of 0 (nothing was read yet), the first block."""
        return cls(max(0, seq - 1) // SEQUENCE_BLOCK_SIZE)

    @property
    def first_number(self) -> int:
        return self.index * SEQUENCE_BLOCK_SIZE + 1


@dataclass(frozen=True, slots=True)
class LastReserved:
    """The last number of a block that was reserved, and when; the smaller numbers were reserved before."""

    number: int
    at: datetime
