"""The table in memory compared with the others: same calls, same results, errors and items."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.shared.table.items import (
    AllOf,
    AnyOf,
    Between,
    Check,
    Compare,
    Condition,
    Delete,
    Exists,
    In,
    Item,
    Key,
    NotExists,
    Put,
    Query,
    Update,
)
from services.shared.table.items import BeginsWith as Begins
from services.shared.table.port import ConditionFailed, SequenceBlockFull, SequenceBlockMissing, Table
from tests.support import backends
from tests.support.backends import Backend, canonical

EXAMPLES = int(os.environ.get("PORT_EXAMPLES", "30"))  # sequences of about 16 calls; a thousand of them need minutes
TEXTS = st.sampled_from(["a", "aa", "ab", "b", "圈", "\ufffd", "\U0001f600"])
INTEGERS = st.integers(-3, 3) | st.sampled_from([10**27, -(10**20)])
ANYTHING = st.recursive(
    INTEGERS | TEXTS | st.just("") | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
KEYS = st.sampled_from([Key("P", sk) for sk in ("a", "aa", "ab", "圈", "\U0001f600")] + [Key("Q", "a")])
BLOCK = Key("BLOCK", "1")


@dataclass(frozen=True)
class Op:
    method: str
    arguments: dict[str, Any] = field(default_factory=dict)


class Kind:
    """The values of attributes. With `mixed`, `n`, `s` and `yes` have any type; `t` is always text."""

    def __init__(self, *, mixed: bool) -> None:
        self.mixed = mixed
        self.values: dict[str, st.SearchStrategy[Any]] = {
            "n": ANYTHING if mixed else INTEGERS,
            "s": ANYTHING if mixed else TEXTS | st.just(""),
            "yes": ANYTHING if mixed else st.booleans(),
            "t": TEXTS,
            "x": ANYTHING,
            "gsi1pk": st.sampled_from("PQ"),
            "gsi1sk": TEXTS,
            "gsi2pk": st.just("P"),
            "gsi2sk": TEXTS,
            "state": TEXTS,
        }
        self.attributes = st.fixed_dictionaries({}, optional=self.values)
        indexed = st.fixed_dictionaries({name: values for name, values in self.values.items() if name.startswith("gsi")})
        item = st.builds(lambda key, more, places: {**key.attributes(), **more, **places}, KEYS, self.attributes, indexed)
        self.items = st.lists(item, min_size=3, max_size=6, unique_by=Key.of)
        self.conditions = st.recursive(
            st.one_of(*self.tests()),
            lambda inner: st.builds(
                lambda of, parts: of(tuple(parts)), st.sampled_from([AllOf, AnyOf]), st.lists(inner, min_size=1, max_size=3)
            ),
            max_leaves=5,
        )
        added = st.dictionaries(st.sampled_from(["n", "s"] if mixed else ["n"]), INTEGERS, max_size=1)
        self.single_writes = st.one_of(
            st.builds(lambda key, more, when: Put({**key.attributes(), **more}, when), KEYS, self.attributes, self.when),
            st.builds(self.update, KEYS, self.when, self.attributes, added, self.names),
            st.builds(Delete, KEYS, self.when),
        )
        self.writes = self.single_writes | st.builds(Check, KEYS, self.conditions)

    @property
    def when(self) -> st.SearchStrategy[Condition | None]:
        return st.none() | self.conditions

    @property
    def names(self) -> st.SearchStrategy[list[str]]:
        return st.lists(st.sampled_from(list(self.values)), max_size=2, unique=True)

    def tests(self) -> list[st.SearchStrategy[Condition]]:
        name = st.sampled_from([*self.values, "pk", "sk"])
        pairs = [("n", INTEGERS), ("s", TEXTS), ("t", TEXTS), ("sk", TEXTS)]
        if self.mixed:
            pairs += [("s", INTEGERS), ("n", TEXTS), ("yes", INTEGERS), ("x", TEXTS)]
        equal = [*pairs, ("yes", st.booleans())] + ([("n", st.booleans())] if self.mixed else [])
        sign, order = st.sampled_from(["=", "<>"]), st.sampled_from(["<", "<=", ">", ">="])
        return [
            st.builds(Exists, name) | st.builds(NotExists, name),
            st.one_of(*(st.builds(Compare, st.just(name), sign, values) for name, values in equal)),
            st.one_of(*(st.builds(In, st.just(name), st.lists(values, min_size=1).map(tuple)) for name, values in equal)),
            st.one_of(*(st.builds(Compare, st.just(name), order, values) for name, values in pairs)),
            st.one_of(*(self.between(name, values) for name, values in pairs)),
            st.builds(Begins, st.sampled_from(["t", "sk"]), TEXTS | st.just("")),
        ]

    @staticmethod
    def between(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
        return st.tuples(values, values).map(lambda pair: Between(name, min(pair), max(pair)))

    @staticmethod
    def update(key: Key, when: Condition | None, attributes: Item, add: dict[str, int], names: list[str]) -> Update:
        """An update of at least one attribute, each in one clause only."""
        remove = [name for name in names if name not in add]
        changed = {name: value for name, value in attributes.items() if name not in add and name not in remove}
        return Update(key, when, changed if changed or add or remove else {"n": 0}, add, remove)

    def operations(self) -> st.SearchStrategy[list[Op]]:
        bounds = st.fixed_dictionaries({}, optional={"first": st.just("aa"), "last": st.just("圈")})
        ranges = bounds | st.fixed_dictionaries({"prefix": st.just("a")})
        how = st.fixed_dictionaries({"limit": st.integers(1, 4), "newest_first": st.booleans()})
        where = st.fixed_dictionaries({"pk": st.sampled_from("PQ")}, optional={"index": st.sampled_from(["gsi1", "gsi2"])})
        taken = {"token": st.sampled_from("abc"), "first": st.just(7), "size": st.just(1), "create_block": st.booleans()}
        taken |= {"at": st.integers(1, 9), "earlier_at": st.integers(0, 9)}
        one = st.one_of(
            self.single_writes.map(single),
            st.lists(self.writes, min_size=1, max_size=4, unique_by=lambda write: write.key).map(
                lambda writes: Op("transact", {"writes": writes})
            ),
            st.builds(lambda *parts: Op("query", parts[0] | parts[1] | parts[2]), ranges, how, where),
            st.fixed_dictionaries({"key": st.just(BLOCK), **taken}).map(lambda block: Op("reserve", block)),
            st.lists(KEYS, min_size=1, unique=True).map(lambda keys: Op("get_many", {"keys": keys})),
            st.builds(lambda key: Op("get", {"key": key, "consistent_read": True}), KEYS),
        )
        return st.builds(
            lambda items, more: [Op("put", {"item": item, "when": None}) for item in items] + more,
            self.items,
            st.lists(one, min_size=6, max_size=12),
        )


def single(write: Put | Update | Delete) -> Op:
    match write:
        case Put(item, when):
            return Op("put", {"item": item, "when": when})
        case Update(key, when, set, add, remove):
            return Op("update", {"key": key, "when": when, "set": set, "add": add, "remove": remove})
        case Delete(key, when):
            return Op("delete", {"key": key, "when": when})


def outcome(table: Table, op: Op, token: str) -> Any:
    """The result of a call, or its error, in comparable form."""
    try:
        if op.method == "query":
            return canonical(joined(table, op.arguments))
        if op.method == "get_many":
            return canonical([str(item) for item in sorted(table.get_many(**op.arguments).values(), key=str)])
        more = {"token": token} if op.method == "transact" else {}
        result = getattr(table, op.method)(**op.arguments, **more)
        return canonical(result) if isinstance(result, dict | None) else result
    except ConditionFailed as failed:
        return "condition", failed.index, canonical(failed.old)
    except (SequenceBlockFull, SequenceBlockMissing) as error_type:
        return type(error_type)
    except (ValueError, TypeError):
        return "invalid"
    except ClientError as error:  # an invalid single write, or one in a transaction
        assert error.response["Error"]["Code"] in {"ValidationException", "TransactionCanceledException"}, error
        return "invalid"


def joined(table: Table, arguments: dict[str, Any]) -> list[list[Item]]:
    """All pages of a query, without an empty last page: the port does not define whether there is one."""
    pages, start = [], None
    for _ in range(50):
        page = table.query(Query(start=start, **arguments))
        pages += [page.items] if page.items else []
        start = page.next
        if start is None:
            return pages
    raise AssertionError("the pages of a query do not end")


def agree(other: Backend, operations: list[Op], *, repeat: bool) -> None:
    memory_table, other_table, run = backends.MEMORY.make(), other.make(), uuid.uuid4().hex
    for number, op in enumerate(operations):
        token = f"{run}{number}"
        for _ in range(2 if repeat and op.method == "transact" else 1):
            assert outcome(memory_table, op, token) == outcome(other_table, op, token), op
    assert canonical(backends.MEMORY.dump(memory_table)) == canonical(other.dump(other_table))


THOROUGH = settings(deadline=None, suppress_health_check=list(HealthCheck))


@given(operations=Kind(mixed=False).operations())
@settings(THOROUGH, max_examples=EXAMPLES)
def test_memory_agrees_with_moto(moto: Backend, operations: list[Op]) -> None:
    """No mixed types: moto compares as Python does. No repeated transactions: it ignores the token."""
    agree(moto, operations, repeat=False)


@pytest.mark.cloud
@given(operations=Kind(mixed=True).operations())
@settings(THOROUGH, max_examples=EXAMPLES // 2)
def test_memory_agrees_with_ministack(laptop: Backend, operations: list[Op]) -> None:
    agree(laptop, operations, repeat=True)
