"""Pushing a message to the connections of a room: over real WebSockets, beside a bare echo and posts of boto3.

The gateway (`load_gateway`) and the members (`load_members`) are processes of their own, so what is measured as processor time
is that of the sender alone. A send is the service's own use case: it stores number, message and rate-limit slot in the table in
memory, reads the subscribers there, and posts. DynamoDB's latency is not in it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

from bench.load_processes import Room, connected_room
from services.chat.adapters.kept_sockets import Endpoint
from services.chat.adapters.sockets import GatewaySockets
from services.chat.domain import Socket
from services.chat.repository import sockets
from services.chat.settings import settings
from services.chat.usecases import Ports
from simulation.settings import overridden, relax_limits, reset_settings
from simulation.setup.chat import MEI, Lobby
from simulation.streams import handle_changes, new_changes

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
TEXT = "在吗" * 60
BURST = 10  # messages
ECHO, SERVICE = "bare echo, nothing stored", "Coterie, message stored"
PAGE_FILE = ROOT / "docs" / "speed.md"


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


def measure_sends(room: Room, sender: str, rounds: int, send: Callable[[int], None], messages: int = 1) -> Load:
    """Send messages in rounds, each after the one before arrived everywhere. The first round is not counted.

    send: gets the number of the first message of its round. messages: of each round.
    """
    times: list[list[float]] = []
    cpu = 0.0
    for first in range(1, (rounds + 1) * messages + 1, messages):
        cpu_before, began_at = time.process_time(), time.monotonic()
        send(first)
        cpu_of_send = time.process_time() - cpu_before
        sent_at, arrived = room.arrivals(first + messages - 1)
        if first > 1:
            times.append([(at - (sent_at or began_at)) * 1000 for at in arrived])
            cpu += cpu_of_send
    n = len(room.connection_ids)
    every = sorted(at for of_round in times for at in of_round)
    deliveries, seconds = rounds * messages * n, sum(map(max, times)) / 1000
    at_p50, at_p99 = (every[int(len(every) * part)] for part in (0.5, 0.99))
    last = statistics.median(map(max, times))
    return Load(sender, n, deliveries / seconds, at_p50, at_p99, last, cpu * 1000 / deliveries)


def measure_echo(room: Room, rounds: int) -> Load:
    load = measure_sends(room, ECHO, rounds, lambda number: room.members.write_command(f"echo {number}"))
    return replace(load, cpu=None)


@contextmanager
def lobby_of(room: Room) -> Iterator[tuple[Lobby, Ports]]:
    """Yield a lobby whose subscribers are the connections of the room, with ports that post to them."""
    relax_limits()
    fast = overridden(settings, send_interval=timedelta(milliseconds=100), send_burst=timedelta(minutes=10))
    with fast, contextlib.redirect_stdout(io.StringIO()):  # of logs and metrics
        lobby = Lobby()
        gateway = GatewaySockets(Endpoint(room.endpoint), "us-east-1", Credentials("bench", "bench"))
        ports = replace(lobby.simulation.chat, sockets=gateway)
        subscribe_all(ports, lobby.id, room.connection_ids)
        yield lobby, ports
    reset_settings()


def measure_service(room: Room, rounds: int) -> Load:
    """Send messages that are pushed at once."""
    with lobby_of(room) as (lobby, ports):

        def send(number: int) -> None:
            lobby.send(MEI, TEXT, after=max(0, number - 1), ports=ports)

        return measure_sends(room, SERVICE, rounds, send)


def measure_bursts(room: Room, rounds: int) -> Load:
    """Send bursts of 10 messages, which the stream handler pushes. A stream's own delay is not in it."""
    with lobby_of(room) as (lobby, ports):

        def send(first: int) -> None:
            for number in range(first, first + BURST):
                lobby.send(MEI, TEXT, after=max(0, number - 1), pause=0.01, ports=ports)
            handle_changes("chat", ports, new_changes(lobby.simulation, "chat"))

        return measure_sends(room, f"{SERVICE}, {BURST} in a burst", rounds, send, BURST)


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


def measure(n: int, rounds: int = 20, boto3_rounds: int = 3) -> list[Load]:
    """Measure the echo, the service and boto3 in turn, each over connections of its own."""
    loads = []
    for step, times in (
        (measure_echo, rounds),
        (measure_service, rounds),
        (measure_bursts, rounds),
        (measure_boto3, boto3_rounds),
    ):
        with connected_room(n) as room:
            loads.append(step(room, times))
    return loads


def rows() -> list[tuple[str, ...]]:
    """Return the rows of the table: each sender at each size."""
    return [load.row(loads[0]) for loads in map(measure, SIZES) for load in loads]


def text(table: str) -> str:
    return f"""# How fast a message reaches a room

Made by `make bench`; do not edit. Real WebSockets to a stand-in of API Gateway on the loopback. The gateway and the members are
processes of their own, on the same {os.cpu_count()} cores as the sender. Figures depend on the machine and on what else runs
there: compare within one run. A send of Coterie is the use case of the service: it stores the number, the message and the
rate-limit slot in the table in memory, reads the subscribers, then posts to each connection. Each post is signed.

- p50, p99: from the beginning of the send to the arrival at a member. Last member: the median over the messages.
- CPU: of the sender's process, per message and member. The aim is at most 0.06 ms at 1,000 connections.
- A burst is {BURST} messages closer together than 100 ms. The stream handler pushes them in one frame per connection. Its times
  are those of all {BURST}, without the stream's own delay of 0.1 to 0.3 s.

{table}

**What limits it now.** The processor, in all three processes: a delivery costs the sender two hashes, a `send` and a `recv`,
and as much again in the gateway and the member. One core sends some 25,000 posts per second. On AWS a function of 256 MB has a
seventh of a core, so 1,000 posts take some 0.3 s there; `MemorySize` in `infra/chat.yaml` raises it. DynamoDB adds its latency,
and botocore's parser some 0.011 ms per subscriber; neither is in the table above. An AWS account posts at most 10,000 times per
second: a room of 1,000 connections gets 10 messages per second one by one, and 10 times as many in bursts of 10.
"""


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
