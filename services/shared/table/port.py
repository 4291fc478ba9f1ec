"""The port to a service's table: its operations and errors.

There are two adapters: `dynamo` for DynamoDB, and the table in memory of the simulation. One test suite (tests/port) covers
both, so the port has only what that suite can verify.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.shared.kernel.clock import Clock
from services.shared.kernel.ids import NewId
from services.shared.kernel.pages import Page
from services.shared.table.items import Check, Condition, Delete, Item, Key, Put, Query, Update

Write = Put | Update | Delete | Check
TOKEN_PREFIX = "t_"  # of the attributes of a block that hold the numbers of tokens


@dataclass(frozen=True, slots=True)
class Reserved:
    """A number of a sequence.

    fresh: False if an earlier call with the same token reserved it. earlier_at: the smaller numbers were reserved by then, in
    milliseconds.
    """

    number: int
    fresh: bool
    earlier_at: int


def find_reserved(block: Item, token: str) -> Reserved | None:
    """Return what a token reserved in a block, read as an item."""
    number = block.get(TOKEN_PREFIX + token)
    return Reserved(number, fresh=False, earlier_at=block["earlier_at"]) if number is not None else None


class ConditionFailed(Exception):
    """The condition of a write was false.

    old: the stored item; None if it does not exist. index: the first write of the transaction whose condition was false.
    """

    def __init__(self, old: Item | None = None, index: int = 0) -> None:
        super().__init__("the condition of a write was false")
        self.old = old
        self.index = index


class TransactionConflict(Exception):
    """Other transactions wrote the same items during all attempts."""


class Throttled(Exception):
    """DynamoDB throttled the request during all attempts."""


class SequenceBlockFull(Exception):
    """The block has no free number; the caller can create the next block.

    reserved_at: when its last number was reserved, in milliseconds.
    """

    def __init__(self, reserved_at: int) -> None:
        super().__init__("the block has no free number")
        self.reserved_at = reserved_at


class SequenceBlockMissing(Exception):
    """The block does not exist, and `create_block` was False."""


class Table(Protocol):
    """One table. Each call is atomic, and can raise Throttled; a write also ConditionFailed, TransactionConflict."""

    def get(self, key: Key, *, consistent_read: bool = False) -> Item | None: ...

    def get_many(self, keys: Sequence[Key], *, consistent_read: bool = False) -> dict[Key, Item]:
        """Return by key the items that exist, of at most 100 keys. They are read in one request, but not at one moment."""
        ...

    def put(self, item: Item, *, when: Condition | None) -> None: ...

    def update(
        self,
        key: Key,
        *,
        when: Condition | None,
        set: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
    ) -> Item:
        """Change some attributes and return the whole new item. An item that does not exist is created."""
        ...

    def delete(self, key: Key, *, when: Condition | None) -> None: ...

    def query(self, query: Query) -> Page[Item]: ...

    def transact(self, writes: Sequence[Write], *, token: str) -> None:
        """Apply all writes or none: at most 100, each of another item.

        token: at most 36 characters. A repeat with the same token and writes within 10 minutes succeeds without effect.
        """
        ...

    def reserve(self, key: Key, *, token: str, first: int, size: int, create_block: bool, at: int, earlier_at: int) -> Reserved:
        """Reserve the next number of the block at `key` for `token`, at the time `at`, in milliseconds.

        The numbers of the block are `first` to `first + size - 1`.
        A token that already has a number in this block gets the same number.
        earlier_at: when the number before the block was reserved, at the latest; used for the first number of a block.
        Raises: SequenceBlockFull, SequenceBlockMissing (only if `create_block` is False).
        """
        ...


class HasTable(Protocol):
    """The ports of a write that a user requests; every service's ports have them."""

    @property
    def table(self) -> Table: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def new_id(self) -> NewId: ...
