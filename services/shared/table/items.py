"""Items, keys, conditions, writes and queries of a table, as values. Above the repositories no module imports them.

An item is a dictionary of str, int, bool, None, list and dict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.shared.kernel.pages import Position

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


# Conditions are values, so that both adapters interpret the same data and tests can print it.


class Condition:
    """A test of the top-level attributes of one item. Combine conditions with & and |."""

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
    """Builds conditions on one attribute: `Attr("version").eq(3)`."""

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


# Reads


@dataclass(frozen=True, slots=True)
class Query:
    """At most `limit` items of one partition, of the table or of an index.

    prefix: the items whose sort key starts with it. first, last: inclusive bounds of the sort key, instead of a prefix.
    start: the `next` of the previous page; None for the first page.
    """

    pk: str
    limit: int
    prefix: str | None = None
    first: str | None = None
    last: str | None = None
    newest_first: bool = False
    index: str | None = None
    consistent_read: bool = False
    start: Position | None = None

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError("a query must have a limit of at least 1")
        if self.prefix is not None and (self.first is not None or self.last is not None):
            raise ValueError("a query must have a prefix or bounds, not both")
        if self.consistent_read and self.index:
            raise ValueError("an index does not support consistent reads")

    @property
    def keys(self) -> tuple[str, str]:
        """The names of the partition key and the sort key."""
        return (f"{self.index}pk", f"{self.index}sk") if self.index else ("pk", "sk")

    def covers(self, sk: str) -> bool:
        """Return whether a sort key is in the range. Text sorts by code point, which is the order of its UTF-8 bytes."""
        if self.prefix is not None:
            return sk.startswith(self.prefix)
        return (self.first is None or sk >= self.first) and (self.last is None or sk <= self.last)
