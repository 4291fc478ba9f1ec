"""Validators of request models whose limit is a setting; `Text` in text.py is the one of texts.

The model's own `le` or `max_length` is the highest possible limit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pydantic import AfterValidator
from pydantic_core import PydanticKnownError

Limit = Callable[[], int]


def at_most(limit: Limit) -> AfterValidator:
    """Require a number of at most `limit()`."""

    def check(value: int) -> int:
        if value > limit():
            raise PydanticKnownError("less_than_equal", {"le": limit()})
        return value

    return AfterValidator(check)


def at_least(limit: Limit) -> AfterValidator:
    """Require a number of at least `limit()`."""

    def check(value: int) -> int:
        if value < limit():
            raise PydanticKnownError("greater_than_equal", {"ge": limit()})
        return value

    return AfterValidator(check)


def list_at_most(limit: Limit) -> AfterValidator:
    """Require a list of at most `limit()` entries."""

    def check(value: list[Any]) -> list[Any]:
        if len(value) > limit():
            context = {"field_type": "List", "max_length": limit(), "actual_length": len(value)}
            raise PydanticKnownError("too_long", context)
        return value

    return AfterValidator(check)


def whole_hours(period: timedelta) -> int:
    return period // timedelta(hours=1)
