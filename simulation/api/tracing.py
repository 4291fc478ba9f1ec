"""The calls of a request to table and bucket, one by one, with ids replaced by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from services.shared.kernel.pages import Page
from services.shared.table.items import Key
from services.shared.table.settings import KEY as SETTINGS_KEY
from simulation.api.moto_cloud import service_module

NEW_IDS = re.compile(r"\b(?:note|com|drf|exp|pas|lst|ord|req)_[0-9A-Z]{26}\b")  # derived from the request's own key
TIMES = re.compile(r"\b\d{10,}\b|\d{4}-\d\d-\d\dT[\d:.]+Z")
TRACED = {
    "review": ("table",),
    "circles": ("table", "pictures"),
    "chat": ("table", "pictures"),
    "commerce": ("table", "pictures"),
}


@dataclass(frozen=True)
class Trace:
    """Calls, and how many items each returned: response times would reveal a difference even between equal calls."""

    calls: list[str] = field(default_factory=list)
    found: list[int] = field(default_factory=list)


class Traced:
    """Records each call with its arguments and the number of items that it returned.

    The read of the settings is left out: the clock causes it, once a minute, not the request.
    """

    def __init__(self, real: Any, trace: Trace) -> None:
        self._real, self._trace = real, trace

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._real, name)

        def traced_call(*arguments: Any, **named: Any) -> Any:
            if (name, arguments, named) == ("get", (SETTINGS_KEY,), {}):
                return method(*arguments)
            self._trace.calls.append(f"{name} {_shape(arguments)} {_shape(sorted(named.items()))}")
            result = method(*arguments, **named)
            items = result.items if isinstance(result, Page) else result if name == "get_many" else None
            self._trace.found.append(int(bool(result)) if items is None else len(items))
            return result

        return traced_call


def _shape(value: Any) -> str:
    """Return the key and attribute names of an item; of everything else all of it."""
    if isinstance(value, dict) and "pk" in value:
        return f"{Key.of(value)} {sorted(value)}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shape, value))}]"
    return repr(value)


@contextmanager
def traced(service: str, ids: Mapping[str, str]) -> Iterator[Trace]:
    """Trace the calls of a service inside the block; values of `ids` become their names, times and new ids a placeholder."""
    trace = Trace()
    wiring = service_module("wiring", service)
    ports: dict[str, Any] = {name: _wrapped(getattr(wiring, name)(), trace) for name in TRACED[service]}
    with mock.patch.multiple(wiring, **ports):
        yield trace
    for index, call in enumerate(trace.calls):
        for name, value in ids.items():
            call = call.replace(value, f"<{name}>")  # noqa: PLW2901
        trace.calls[index] = NEW_IDS.sub("<new id>", TIMES.sub("<time>", call))


def _wrapped(real: Any, trace: Trace) -> Callable[[], Traced]:
    wrapped = Traced(real, trace)
    return lambda: wrapped
