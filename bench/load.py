"""Pushing a message to the connections of a room: over real WebSockets, beside a bare echo and posts of boto3.

The gateway (`load_gateway`) and the members (`load_members`) are processes of their own, so what is measured as processor time
is that of the sender alone. A send is the service's own use case: it stores number, message and rate-limit slot in the table in
memory, reads the subscribers there, and posts. DynamoDB's latency is not in it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

from services.chat.adapters.kept_sockets import Endpoint
from services.chat.adapters.sockets import GatewaySockets
from services.chat.domain import Socket
from services.chat.repository import sockets
from services.chat.usecases import Ports
from simulation.settings import relax_limits, reset_settings
from simulation.setup.chat import MEI, Lobby

ROOT = Path(__file__).parents[1]
SIZES = (10, 100, 1000)
HEADS = (
    "connections",
    "sender",
    "deliveries/s",
    "p50 ms",
    "p99 ms",
    "last member p50 ms",
    "CPU ms a delivery",
    "times the echo",
)
BOTO3_THREADS = 32
SECONDS_PER_MESSAGE = 20.0  # a message that did not arrive everywhere by then fails the test
TEXT = "在吗" * 60


@dataclass(frozen=True)
class Load:
    """How one sender pushed some messages to n connections. Times in milliseconds, from the beginning of the send.

    last: the median time to the last member. cpu: of the sender's process per delivery; None if the gateway itself sends.
    """

    sender: str
    n: int
    per_second: float
    p50: float
    p99: float
    last: float
    cpu: float | None

    def row(self, echo: Load) -> tuple[str, ...]:
        times = (f"{value:.1f}" for value in (self.p50, self.p99, self.last))
        cpu = "" if self.cpu is None else f"{self.cpu:.3f}"
        return (str(self.n), self.sender, f"{self.per_second:,.0f}", *times, cpu, f"{self.last / echo.last:.1f}")


class Process:
    """A process of the load test that prints a line per result. It ends with its standard input, or is killed."""

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

    def tell(self, command: str) -> None:
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


def measure_sends(room: Room, sender: str, rounds: int, send: Callable[[int], None]) -> Load:
    """Send messages one after the other, each after the one before arrived everywhere. The first one is not counted."""
    times: list[list[float]] = []
    cpu = 0.0
    for number in range(1, rounds + 2):
        cpu_before, began_at = time.process_time(), time.monotonic()
        send(number)
        cpu_of_send = time.process_time() - cpu_before
        sent_at, arrived = room.arrivals(number)
        if number > 1:
            times.append([(at - (sent_at or began_at)) * 1000 for at in arrived])
            cpu += cpu_of_send
    n = len(room.connection_ids)
    every = sorted(at for of_message in times for at in of_message)
    seconds = sum(map(max, times)) / 1000
    at_p50, at_p99 = (every[int(len(every) * part)] for part in (0.5, 0.99))
    last = statistics.median(map(max, times))
    return Load(sender, n, rounds * n / seconds, at_p50, at_p99, last, cpu * 1000 / (rounds * n))


def measure_echo(room: Room, rounds: int) -> Load:
    load = measure_sends(room, "bare echo, nothing stored", rounds, lambda number: room.members.tell(f"echo {number}"))
    return replace(load, cpu=None)


def measure_service(room: Room, rounds: int) -> Load:
    lobby = Lobby()
    gateway = GatewaySockets(Endpoint(room.endpoint), "us-east-1", Credentials("bench", "bench"))
    ports = replace(lobby.simulation.chat, sockets=gateway)
    subscribe_all(ports, lobby.id, room.connection_ids)

    def send(number: int) -> None:
        lobby.send(MEI, TEXT, after=max(0, number - 1), ports=ports)

    relax_limits()
    try:
        return measure_sends(room, "Coterie, message stored", rounds, send)
    finally:
        reset_settings()


def subscribe_all(ports: Ports, room_id: str, connection_ids: list[str]) -> None:
    """Store the subscribers of a room, without the tickets and membership checks of a subscription."""
    expires_at = int(ports.clock().timestamp()) + 36_000
    for index, connection_id in enumerate(connection_ids):
        socket = Socket(connection_id, f"user-{index:031}", 0, expires_at)
        sockets.put_subscriber(ports.table, socket, room_id)
        sockets.activate_subscriber(ports.table, socket, room_id)


def measure_boto3(room: Room, rounds: int) -> Load:
    """Post with boto3's client from 32 threads, nothing stored."""
    config = Config(max_pool_connections=BOTO3_THREADS, retries={"total_max_attempts": 1})
    keys: Any = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench", "region_name": "us-east-1"}
    client: Any = boto3.client("apigatewaymanagementapi", endpoint_url=room.endpoint, config=config, **keys)
    with ThreadPoolExecutor(BOTO3_THREADS) as threads:

        def send(number: int) -> None:
            data = json.dumps({"seq": number, "text": TEXT}, ensure_ascii=False, separators=(",", ":")).encode()
            for posted in [
                threads.submit(client.post_to_connection, ConnectionId=connection_id, Data=data)
                for connection_id in room.connection_ids
            ]:
                posted.result()

        return measure_sends(room, f"boto3, {BOTO3_THREADS} threads, nothing stored", rounds, send)


def measure(n: int, rounds: int, boto3_rounds: int) -> list[Load]:
    """Measure the echo, the service and boto3 in turn on the same open connections."""
    loads = []
    for step, times in ((measure_echo, rounds), (measure_service, rounds), (measure_boto3, boto3_rounds)):
        with connected_room(n) as room:
            loads.append(step(room, times))
    return loads


if __name__ == "__main__":
    for size in SIZES:
        echo, *others = measure(size, 20, 3)
        for load in (echo, *others):
            print(" | ".join(load.row(echo)))
