"""Messages through a network that cuts, delays, repeats and loses: each arrives once and in order.

`CHAOS_MESSAGES` and `CHAOS_CUTS` make a longer run: `make races` sends 10,000 messages over 200 cuts.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from coterie_client import Room
from coterie_client.models import MessageResponse

from tests.client.conftest import ServedLobby
from tests.client.streams import streams_of
from tests.support.chaos import ChaosProxy, Faults
from tests.support.served_api import ServedApi

MESSAGES = int(os.environ.get("CHAOS_MESSAGES", "600"))
CUTS = int(os.environ.get("CHAOS_CUTS", "30"))
SENDERS, READERS = ("mei", "hao", "yan"), ("lin", "qiu")


def send_all(room: Room, name: str, count: int, on_sent: Callable[[], None]) -> list[str]:
    """Send messages one after the other, and return their texts."""
    texts = [f"{name} {number}" for number in range(count)]
    for text in texts:
        room.send(text, deadline=120)
        on_sent()
    return texts


def read_all(room: Room, until: Callable[[list[MessageResponse]], bool]) -> list[MessageResponse]:
    messages: list[MessageResponse] = []
    while not until(messages):
        messages.append(room.next(timeout=120))
    return messages


class Cutter:
    """Cuts all connections each time another share of the messages was sent."""

    def __init__(self, proxy: ChaosProxy, messages: int, cuts: int) -> None:
        self._proxy, self._each = proxy, messages / cuts
        self._sent, self._cuts, self._lock = 0, 0, threading.Lock()

    def count(self) -> None:
        with self._lock:
            self._sent += 1
            if self._sent >= self._each * (self._cuts + 1):
                self._cuts += 1
                self._proxy.cut()


def test_h1_h2_messages_over_many_cuts_arrive_once_and_in_order(served: ServedApi, report: Callable[[str], None]) -> None:
    lobby = ServedLobby(served, READERS + SENDERS)
    with ChaosProxy(served.http_port, served.socket_port, Faults()).running() as proxy, streams_of(served):
        started = time.monotonic()
        url, socket_url = f"http://127.0.0.1:{proxy.http_port}/v1", f"ws://127.0.0.1:{proxy.socket_port}/live"
        clients = {name: lobby.client(name, url=url, socket_url=socket_url) for name in SENDERS + READERS}
        connections = {name: client.connect(first=0.02, cap=0.5) for name, client in clients.items()}
        rooms = {name: connection.room(lobby.circle_id, lobby.room_id) for name, connection in connections.items()}
        shares = {name: (MESSAGES + number) // len(SENDERS) for number, name in enumerate(SENDERS)}
        cutter = Cutter(proxy, MESSAGES, CUTS)
        with ThreadPoolExecutor(len(rooms)) as pool:
            reads = [pool.submit(read_all, rooms[name], lambda got: len(got) == MESSAGES) for name in READERS]
            sends = [pool.submit(partial(send_all, rooms[name], name, shares[name], cutter.count)) for name in SENDERS]
            sent = Counter(text for future in sends for text in future.result())
            received = [future.result() for future in reads]
        seconds = time.monotonic() - started
        stored = list(rooms["lin"].history())
        for connection in connections.values():
            connection.close()
    for messages in received:
        assert [message.seq for message in messages] == list(range(1, MESSAGES + 1))
        assert Counter(message.text for message in messages) == sent
    assert [message.seq for message in stored] == list(range(1, MESSAGES + 1))
    counts = proxy.counts
    assert counts["cuts"] >= CUTS * 0.9
    reader = rooms["lin"].counts
    report(
        f"{MESSAGES} messages, {counts['cuts']} cuts of {counts['connections cut']} connections, {counts['repeated']} frames "
        f"repeated, {counts['delayed']} delayed, {counts['lost pushes']} pushes lost: "
        f"each arrived once and in order at {len(READERS)} readers in {seconds:.1f} s "
        f"(of a reader: {reader.pushed} pushed, {reader.fetched} read from the history, {reader.duplicates} discarded)"
    )
