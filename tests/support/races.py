"""Calls that start together, and tables that can be watched and stopped between two calls."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from services.shared.kernel.errors import DomainError
from services.shared.table.port import Table
from simulation.simulation import FakeSockets

THREADS = 32
Answer = TypeVar("Answer")


def race(calls: Iterable[Callable[[], Answer]], threads: int = THREADS) -> list[Answer | DomainError]:
    """Make the calls over threads that start at the same moment. Refusals are answers, in the order of the calls;
    anything else that is raised is a defect."""
    waiting = list(calls)
    gate, started = threading.Barrier(min(threads, len(waiting))), threading.local()

    def one(call: Callable[[], Answer]) -> Answer | DomainError:
        if not hasattr(started, "here"):
            started.here = True
            gate.wait(10)
        try:
            return call()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(gate.parties) as pool:
        return list(pool.map(one, waiting))


def apart(answers: Sequence[Answer | DomainError]) -> tuple[list[Answer], list[DomainError]]:
    """Who was served, and who was refused."""
    served = [answer for answer in answers if not isinstance(answer, DomainError)]
    return served, [answer for answer in answers if isinstance(answer, DomainError)]


def kinds(answers: Iterable[Any]) -> set[type]:
    return {type(answer) for answer in answers}


class Hooked:
    """A table that tells `before` the name and arguments of every call before it makes it, and `after` when it is made."""

    def __init__(self, table: Table, before: Callable[..., None], after: Callable[..., None] | None = None) -> None:
        self._table, self._before, self._after = table, before, after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._table, name)

        def hooked(*arguments: Any, **named: Any) -> Any:
            self._before(name, *arguments, **named)
            answer = call(*arguments, **named)
            if self._after:
                self._after(name, *arguments, **named)
            return answer

        return hooked


class Actor:
    """A play over a table, made one call at a time: each step ends where the next call would begin."""

    def __init__(self, table: Table, play: Callable[[Any], None]) -> None:
        self._table, self._play = Hooked(table, self._wait), play
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self.done = False
        threading.Thread(target=self._run, daemon=True).start()

    def step(self) -> None:
        self._go.release()
        self._back.acquire()

    def _wait(self, *_: Any, **__: Any) -> None:
        self._back.release()
        self._go.acquire()

    def _run(self) -> None:
        self._go.acquire()
        try:
            self._play(self._table)
        finally:
            self.done = True
            self._back.release()


class Died(BaseException):
    """A function that stopped here, for good: no handler sees it."""


class LiveSockets(FakeSockets):
    """As the gateway is: a closed connection takes nothing any more. `heard` has who was given which number, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, int]] = []
        self._lock = threading.Lock()

    def post_all(self, connection_ids: Iterable[str], push: dict[str, Any]) -> set[str]:
        gone = set()
        for connection_id in connection_ids:
            with self._lock:
                if connection_id in self.closed:
                    gone.add(connection_id)
                else:
                    self.heard.append((connection_id, json.loads(json.dumps(push))["seq"]))
        return gone

    def close(self, connection_id: str) -> None:
        with self._lock:
            super().close(connection_id)
