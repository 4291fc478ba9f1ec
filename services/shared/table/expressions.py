"""Conditions and updates in DynamoDB's expression language.

Each name and value is passed by a placeholder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.shared.table import items as t

Wire = Callable[[Any], dict[str, Any]]


class Expression:
    """One expression and its placeholders; `single()` and `keys()` return the arguments of a request."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._condition = ""
        self._update = ""

    def condition(self, condition: t.Condition | None) -> Expression:
        if condition is not None:
            self._condition = self._text(condition)
        return self

    def change(self, set: Mapping[str, Any], add: Mapping[str, int], remove: Sequence[str]) -> Expression:
        clauses = []
        if set:
            clauses.append("SET " + ", ".join(f"{self._name(name)} = {self._value(value)}" for name, value in set.items()))
        if add:
            clauses.append("ADD " + ", ".join(f"{self._name(name)} {self._value(value)}" for name, value in add.items()))
        if remove:
            clauses.append("REMOVE " + ", ".join(self._name(name) for name in remove))
        self._update = " ".join(clauses)
        return self

    def reserve(self, token: str, first: int, size: int, create_block: bool, at: int, earlier_at: int) -> Expression:
        """Assign the next number of a block that is not full to a token that has none, and move its two times on."""
        number, last = self._name(token), self._name("last")
        next_number = f"if_not_exists({last}, {self._value(first - 1)}) + {self._value(1)}"
        self._update = f"SET {number} = {next_number}, {last} = {next_number}, {self._name('first')} = {self._value(first)}"
        reserved_at, earlier = self._name("reserved_at"), self._name("earlier_at")
        before = f"if_not_exists({reserved_at}, {self._value(earlier_at)})"
        self._update += f", {earlier} = {before}, {reserved_at} = {self._value(at)}"
        has_number = f"{last} < {self._value(first + size - 1)}"
        condition = f"({has_number} OR attribute_not_exists({last}))" if create_block else has_number
        self._condition = f"attribute_not_exists({number}) AND {condition}"
        return self

    def range(self, query: t.Query) -> Expression:
        pk, sk = query.keys
        self._condition = f"{self._name(pk)} = {self._value(query.pk)}"
        if query.prefix is not None:
            self._condition += f" AND begins_with({self._name(sk)}, {self._value(query.prefix)})"
        elif query.first is not None and query.last is not None:
            self._condition += f" AND {self._name(sk)} BETWEEN {self._value(query.first)} AND {self._value(query.last)}"
        elif query.first is not None:
            self._condition += f" AND {self._name(sk)} >= {self._value(query.first)}"
        elif query.last is not None:
            self._condition += f" AND {self._name(sk)} <= {self._value(query.last)}"
        return self

    def single(self) -> dict[str, Any]:
        """Return the arguments of a write of one item. If its condition is false, DynamoDB returns the stored item."""
        request: dict[str, Any] = {}
        if self._update:
            request["UpdateExpression"] = self._update
        if self._condition:
            request["ConditionExpression"] = self._condition
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return {**request, **self._placeholders()}

    def keys(self) -> dict[str, Any]:
        """Return the arguments of a query."""
        return {"KeyConditionExpression": self._condition, **self._placeholders()}

    def _placeholders(self) -> dict[str, Any]:
        named = {"ExpressionAttributeNames": self._names} if self._names else {}
        return {**named, "ExpressionAttributeValues": self._values} if self._values else named

    def _name(self, name: str) -> str:
        for placeholder, known in self._names.items():
            if known == name:
                return placeholder
        placeholder = f"#n{len(self._names)}"
        self._names[placeholder] = name
        return placeholder

    def _value(self, value: Any) -> str:
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = self._wire(value)
        return placeholder

    def _text(self, condition: t.Condition) -> str:
        match condition:
            case t.AllOf((part,)) | t.AnyOf((part,)):
                return self._text(part)  # redundant parentheses are an error in DynamoDB
            case t.AllOf(parts):
                return "(" + " AND ".join(map(self._text, parts)) + ")"
            case t.AnyOf(parts):
                return "(" + " OR ".join(map(self._text, parts)) + ")"
        return self._test(condition)

    def _test(self, condition: t.Condition) -> str:
        match condition:
            case t.Exists(name):
                return f"attribute_exists({self._name(name)})"
            case t.NotExists(name):
                return f"attribute_not_exists({self._name(name)})"
            case t.Compare(name, operator, value):
                return f"{self._name(name)} {operator} {self._value(value)}"
            case t.Between(name, low, high):
                return f"{self._name(name)} BETWEEN {self._value(low)} AND {self._value(high)}"
            case t.In(name, values):
                return f"{self._name(name)} IN ({', '.join(self._value(value) for value in values)})"
            case t.BeginsWith(name, prefix):
                return f"begins_with({self._name(name)}, {self._value(prefix)})"
        raise TypeError(f"not a condition: {condition!r}")
