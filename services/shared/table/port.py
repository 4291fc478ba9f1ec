"""The port to the table: what a repository may ask for, and how it fails.

Items are plain dictionaries of str, int, bool, None, list and dict. Two adapters keep this contract, `dynamo.py`
on the wire and `memory.py` in process; one suite holds both to it, so the port stays as narrow as that suite can prove.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Item = dict[str, Any]
Operator = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Key:
    """The primary key of an item: partition `pk`, sort `sk`."""

    pk: str
    sk: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Key:
        return cls(item["pk"], item["sk"])

    def attributes(self) -> Item:
        return {"pk": self.pk, "sk": self.sk}


# Conditions are values, so that both adapters read the same thing and tests can print it.


class Condition:
    """A test on the top-level attributes of one item; combine with & and |."""

    __slots__ = ()

    def __and__(self, other: Condition) -> Condition:
        return AllOf((self, other))

    def __or__(self, other: Condition) -> Condition:
        return AnyOf((self, other))


@dataclass(frozen=True, slots=True)
class Exists(Condition):
    name: str


@dataclass(frozen=True, slots=True)
class NotExists(Condition):
    name: str


@dataclass(frozen=True, slots=True)
class Compare(Condition):
    name: str
    operator: Operator
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class Between(Condition):
    name: str
    low: str | int
    high: str | int


@dataclass(frozen=True, slots=True)
class In(Condition):
    name: str
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class BeginsWith(Condition):
    name: str
    prefix: str


@dataclass(frozen=True, slots=True)
class AllOf(Condition):
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Attr:
    """Spells conditions the way they are read aloud: `Attr("version").eq(3)`."""

    name: str

    def exists(self) -> Condition:
        return Exists(self.name)

    def not_exists(self) -> Condition:
        return NotExists(self.name)

    def eq(self, value: str | int | bool) -> Condition:
        return Compare(self.name, "=", value)

    def ne(self, value: str | int | bool) -> Condition:
        return Compare(self.name, "<>", value)

    def lt(self, value: str | int) -> Condition:
        return Compare(self.name, "<", value)

    def le(self, value: str | int) -> Condition:
        return Compare(self.name, "<=", value)

    def gt(self, value: str | int) -> Condition:
        return Compare(self.name, ">", value)

    def ge(self, value: str | int) -> Condition:
        return Compare(self.name, ">=", value)

    def between(self, low: str | int, high: str | int) -> Condition:
        return Between(self.name, low, high)

    def is_in(self, *values: str | int) -> Condition:
        return In(self.name, values)

    def begins_with(self, prefix: str) -> Condition:
        return BeginsWith(self.name, prefix)


ABSENT: Condition = NotExists("pk")
PRESENT: Condition = Exists("pk")


# Writes


@dataclass(frozen=True, slots=True)
class Put:
    item: Item
    when: Condition | None

    @property
    def key(self) -> Key:
        return Key.of(self.item)


@dataclass(frozen=True, slots=True)
class Update:
    key: Key
    when: Condition | None
    set: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    key: Key
    when: Condition | None


@dataclass(frozen=True, slots=True)
class Check:
    key: Key
    when: Condition


Write = Put | Update | Delete | Check


# Reads


@dataclass(frozen=True, slots=True)
class Query:
    """One partition (of the table or an index), a range of its sort keys, at most `limit` items.

    `first` and `last` are inclusive bounds, `prefix` a common beginning; give at most one kind.
    `start` is the `next` of the page before.
    """

    pk: str
    limit: int
    prefix: str | None = None
    first: str | None = None
    last: str | None = None
    newest_first: bool = False
    index: str | None = None
    consistent_read: bool = False
    start: Item | None = None

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError("a query needs a limit of at least 1")
        if self.prefix is not None and (self.first is not None or self.last is not None):
            raise ValueError("a query takes a prefix or bounds, not both")
        if self.consistent_read and self.index:
            raise ValueError("an index cannot be read strongly")

    @property
    def keys(self) -> tuple[str, str]:
        """Names of the partition and the sort attribute."""
        return (f"{self.index}pk", f"{self.index}sk") if self.index else ("pk", "sk")

    def covers(self, sk: str) -> bool:
        """Whether a sort key lies in the range. Text sorts by code point, which is the order of its UTF-8 bytes."""
        if self.prefix is not None:
            return sk.startswith(self.prefix)
        return (self.first is None or sk >= self.first) and (self.last is None or sk <= self.last)


@dataclass(frozen=True, slots=True)
class Page:
    """Items in key order; `next` is the key to go on from, None at the end."""

    items: list[Item]
    next: Item | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """A number of a sequence, and whether this very call took it."""

    number: int
    fresh: bool


class ConditionFailed(Exception):
    """A write's condition was false. `old` is the item as it stood (None when absent);
    in a transaction `index` names the write that failed first."""

    def __init__(self, old: Item | None = None, index: int = 0) -> None:
        super().__init__("the condition of a write was false")
        self.old = old
        self.index = index


class Conflict(Exception):
    """Other transactions kept touching the same items through all retries."""


class Throttled(Exception):
    """The table refused to take more for now."""


class BlockFull(Exception):
    """`reserve` met a block with no free number; the next one may be opened."""


class BlockMissing(Exception):
    """`reserve` met no block and was not allowed to open it."""


class Table(Protocol):
    """Atomic per call. Writes raise ConditionFailed, Conflict or Throttled."""

    def get(self, key: Key, *, consistent_read: bool = False) -> Item | None: ...

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
        """Change some attributes; the answer is the whole new item."""
        ...

    def delete(self, key: Key, *, when: Condition | None) -> None: ...

    def query(self, query: Query) -> Page: ...

    def transact(self, writes: Sequence[Write], *, token: str) -> None:
        """All or nothing, at most 100 writes on distinct keys. `token` (at most 36 characters) makes a repeat with
        equal writes within ten minutes succeed without effect."""
        ...

    def reserve(self, key: Key, *, token: str, first: int, size: int, may_open: bool) -> Reserved:
        """Take the next number of the block at `key`, which holds `first` .. `first + size - 1`, for `token`.

        A token that already has a number in this block keeps it. Raises BlockFull or BlockMissing."""
        ...
