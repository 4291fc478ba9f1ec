"""What a request asked of the table and the bucket, call by call, with ids replaced by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

from services.shared.table import Key
from tests.support.cloud import module

WISHES = re.compile(r"\b(?:not|com|drf|exp)_[0-9A-Z]{26}\b")  # ids that this very request's key would give to something new
TIMES = re.compile(r"\b\d{10,}\b|\d{4}-\d\d-\d\dT[\d:.]+Z")
WATCHED = {"review": ("table",), "circles": ("table", "pictures"), "chat": ("table",), "commerce": ("table",)}


class Traced:
    """Notes every call with all it was given, and passes it on."""

    def __init__(self, real: Any, calls: list[str]) -> None:
        self._real, self._calls = real, calls

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._real, name)

        def noted(*given: Any, **named: Any) -> Any:
            self._calls.append(f"{name} {_shape(given)} {_shape(sorted(named.items()))}")
            return method(*given, **named)

        return noted


def _shape(value: Any) -> str:
    """Of an item its key and names, of all else everything: keys, strong flags, limits, conditions."""
    if isinstance(value, dict) and "pk" in value:
        return f"{Key.of(value)} {sorted(value)}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shape, value))}]"
    return repr(value)


@contextmanager
def traced(service: str, ids: Mapping[str, str]) -> Iterator[list[str]]:
    """The calls of a service inside the block. Each value of `ids` is written as its name, times and new ids as one word."""
    calls: list[str] = []
    wiring = module("wiring", service)
    with mock.patch.multiple(wiring, **{name: _wrapped(getattr(wiring, name)(), calls) for name in WATCHED[service]}):
        yield calls
    for index, call in enumerate(calls):
        for name, value in ids.items():
            call = call.replace(value, f"<{name}>")  # noqa: PLW2901
        calls[index] = WISHES.sub("<wish>", TIMES.sub("<time>", call))


def _wrapped(real: Any, calls: list[str]) -> Callable[[], Traced]:
    return lambda: Traced(real, calls)
