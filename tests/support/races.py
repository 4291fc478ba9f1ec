"""Calls that start at the same moment, and tables whose calls can be observed and stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from services.shared.kernel.errors import DomainError, Unavailable
from services.shared.table.port import Table
from simulation.sockets import FakeSockets, messages_of

THREADS = 32
MAX_RETRIES = 10
Result = TypeVar("Result")


def race(calls: Iterable[Callable[[], Any]], threads: int = THREADS) -> list[Any]:
    """Make the calls over threads that start at the same moment, and return results and domain errors in their order."""
    waiting = list(calls)
    start, local = threading.Barrier(min(threads, len(waiting))), threading.local()

    def call_at_start(call: Callable[[], Any]) -> Any:
        if not hasattr(local, "started"):
            local.started = True
            start.wait(10)
        try:
            return call()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(start.parties) as pool:
        return list(pool.map(call_at_start, waiting))


def until_available(call: Callable[[], Result]) -> Result:
    """Call again while the conflicts last longer than a function waits, as a client does after `Retry-After`.

    150 decisions at once change one cohort; on a slow machine its threads conflict for longer.
    """
    for _ in range(MAX_RETRIES):
        try:
            return call()
        except Unavailable:
            continue
    return call()


def split_results(results: Sequence[Any]) -> tuple[list[Any], list[DomainError]]:
    """Return the results of the calls that succeeded, and the errors of the others."""
    succeeded = [result for result in results if not isinstance(result, DomainError)]
    return succeeded, [result for result in results if isinstance(result, DomainError)]


def types_of(results: Iterable[Any]) -> set[type]:
    return {type(result) for result in results}


class HookedTable:
    """A table that calls `before` and `after` with the name and the arguments of every call."""

    def __init__(self, table: Table, before: Callable[..., None], after: Callable[..., None] | None = None) -> None:
        self._table, self._before, self._after = table, before, after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._table, name)

        def hooked(*arguments: Any, **named: Any) -> Any:
            self._before(name, *arguments, **named)
            result = call(*arguments, **named)
            if self._after:
                self._after(name, *arguments, **named)
            return result

        return hooked


class SteppedCall:
    """A function over a table that runs one table call at a time: each step ends where the next table call would begin."""

    def __init__(self, table: Table, function: Callable[[Any], None]) -> None:
        self._table, self._function = HookedTable(table, self._pause), function
        self._resume, self._paused = threading.Semaphore(0), threading.Semaphore(0)
        self.done = False
        threading.Thread(target=self._run, daemon=True).start()

    def step(self) -> None:
        self._resume.release()
        self._paused.acquire()

    def _pause(self, *_: Any, **__: Any) -> None:
        self._paused.release()
        self._resume.acquire()

    def _run(self) -> None:
        self._resume.acquire()
        try:
            self._function(self._table)
        finally:
            self.done = True
            self._paused.release()


class Crashed(BaseException):
    """A function stopped here for good: no handler catches this."""


class RecordingSockets(FakeSockets):
    """Sockets for several threads; a closed connection counts as disconnected.

    received: connection and sequence number of each push, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.received: list[tuple[str, int]] = []
        self._lock = threading.Lock()

    def post_all(self, frames: Mapping[str, dict[str, Any]]) -> set[str]:
        disconnected = set()
        for connection_id, frame in frames.items():
            with self._lock:
                if connection_id in self.closed:
                    disconnected.add(connection_id)
                else:
                    numbers = [message["seq"] for message in messages_of([frame])] or [frame["seq"]]
                    self.received.extend((connection_id, seq) for seq in numbers)
        return disconnected

    def close(self, connection_id: str) -> None:
        with self._lock:
            super().close(connection_id)
