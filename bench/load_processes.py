"""The processes of the load test: a gateway, and the members of a room who are connected to it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

ROOT = Path(__file__).parents[1]
SECONDS_PER_MESSAGE = 20.0  # a message that did not arrive everywhere by then fails the test


class Process:
    """A process of the load test that writes a line per result. It ends with its standard input, or is stopped."""

    def __init__(self, module: str, *arguments: object) -> None:
        command = [sys.executable, "-m", f"bench.{module}", *map(str, arguments)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def _read(self, output: IO[str]) -> None:
        for line in output:
            self._lines.put(line)
        self._lines.put("")

    def line(self) -> str:
        """Return the next line. Raises: RuntimeError (the process ended, or printed none in time)."""
        try:
            line = self._lines.get(timeout=SECONDS_PER_MESSAGE)
        except Empty:
            line = ""
        if not line:
            raise RuntimeError(f"{self._process.args!r} printed nothing in {SECONDS_PER_MESSAGE:g} seconds")
        return line

    def write_command(self, command: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._reader.join(5)


@dataclass(frozen=True)
class Room:
    """n members of a room who are connected to a gateway. connection_ids: of all of them."""

    gateway: Process
    members: Process
    port: int
    connection_ids: list[str]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/live"

    def arrivals(self, number: int) -> tuple[float | None, list[float]]:
        """Return when the members' process sent a message, if it did, and when it arrived at each member."""
        while True:
            arrived, sent_at, times = json.loads(self.members.line())
            if arrived == number:
                return sent_at, times


@contextmanager
def connected_room(n: int) -> Iterator[Room]:
    gateway = Process("load_gateway")
    try:
        port = int(gateway.line())
        members = Process("load_members", port, n)
        try:
            members.line()
            yield Room(gateway, members, port, [f"member-{index:05}=" for index in range(n)])
        finally:
            members.end()
    finally:
        gateway.end()
