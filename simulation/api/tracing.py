"""What a request asked of the table and the bucket, call by call, with ids replaced by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from services.shared.table.port import Key, Page
from simulation.api.moto_cloud import module

WISHES = re.compile(r"\b(?:not|com|drf|exp)_[0-9A-Z]{26}\b")  # ids that this very request's key would give to something new
TIMES = re.compile(r"\b\d{10,}\b|\d{4}-\d\d-\d\dT[\d:.]+Z")
WATCHED = {"review": ("table",), "circles": ("table", "pictures"), "chat": ("table",), "commerce": ("table",)}


@dataclass(frozen=True)
class Trace:
    """`found` says of each of `calls` how many items it answered: what a clock could tell apart where calls are alike."""

    calls: list[str] = field(default_factory=list)
    found: list[int] = field(default_factory=list)


class Traced:
    """Notes every call with all it was given and how many items it found, and passes it on."""

    def __init__(self, real: Any, trace: Trace) -> None:
        self._real, self._trace = real, trace

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._real, name)

        def noted(*given: Any, **named: Any) -> Any:
            self._trace.calls.append(f"{name} {_shape(given)} {_shape(sorted(named.items()))}")
            answer = method(*given, **named)
            self._trace.found.append(len(answer.items) if isinstance(answer, Page) else int(bool(answer)))
            return answer

        return noted


def _shape(value: Any) -> str:
    """Of an item its key and names, of all else everything: keys, strong flags, limits, conditions."""
    if isinstance(value, dict) and "pk" in value:
        return f"{Key.of(value)} {sorted(value)}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shape, value))}]"
    return repr(value)


@contextmanager
def traced(service: str, ids: Mapping[str, str]) -> Iterator[Trace]:
    """The calls of a service inside the block. Each value of `ids` is written as its name, times and new ids as one word."""
    trace = Trace()
    wiring = module("wiring", service)
    with mock.patch.multiple(wiring, **{name: _wrapped(getattr(wiring, name)(), trace) for name in WATCHED[service]}):
        yield trace
    for index, call in enumerate(trace.calls):
        for name, value in ids.items():
            call = call.replace(value, f"<{name}>")  # noqa: PLW2901
        trace.calls[index] = WISHES.sub("<wish>", TIMES.sub("<time>", call))


def _wrapped(real: Any, trace: Trace) -> Callable[[], Traced]:
    return lambda: Traced(real, trace)
