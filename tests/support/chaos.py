"""A proxy between a client and the API that cuts, delays, repeats and loses what passes."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import WebSocketException

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Faults:
    """How often a fault happens, per frame or chunk. delay: the most seconds of a delay; seed: of the random choices."""

    delayed: float = 0.05
    delay: float = 0.03
    repeated: float = 0.05
    lost_pushes: float = 0.02
    seed: int = 1


class ChaosProxy:
    """An HTTP proxy, which knows bytes, and a WebSocket proxy, which knows frames.

    counts: what was cut (moments, at which all connections are cut at once), delayed, repeated and lost.
    """

    def __init__(self, http_port: int, socket_port: int, faults: Faults) -> None:
        self.counts: Counter[str] = Counter()
        self.http_port = self.socket_port = 0
        self._http_target, self._socket_target, self._faults = http_port, socket_port, faults
        self._random = random.Random(faults.seed)
        self._live: set[Callable[[], None]] = set()
        self._loop = asyncio.new_event_loop()
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._is_silent = self._cuts_next = False

    @contextmanager
    def running(self) -> Iterator[ChaosProxy]:
        thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        thread.start()
        assert self._ready.wait(10)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join(10)

    def cut(self) -> None:
        """Cut all connections at this moment, wherever their data is. They are cut when this returns."""
        done = threading.Event()

        def cut_now() -> None:
            self._cut()
            done.set()

        self._loop.call_soon_threadsafe(cut_now)
        assert done.wait(10)

    def silence(self, is_silent: bool) -> None:
        """Let no frame arrive any more, while connections stay open; or pass frames on again."""
        self._is_silent = is_silent

    def cut_after_next_frame(self) -> None:
        """Cut all connections after the next frame of a client has arrived, before anything returns."""
        self._cuts_next = True

    def _cut(self) -> None:
        if self._live:
            self.counts["cuts"] += 1
        for abort in list(self._live):
            self.counts["connections cut"] += 1
            abort()
        self._live.clear()

    async def _serve(self) -> None:
        async with (
            await asyncio.start_server(self._pass_http, LOOPBACK, 0) as http,
            serve(self._pass_socket, LOOPBACK, 0, process_request=None, ping_interval=None) as live,
        ):
            self.http_port, self.socket_port = http.sockets[0].getsockname()[1], next(iter(live.sockets)).getsockname()[1]
            self._ready.set()
            await self._stop.wait()
            passing = asyncio.all_tasks() - {asyncio.current_task()}
            for task in passing:
                task.cancel()
            await asyncio.gather(*passing, return_exceptions=True)

    async def _pass_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            to_reader, to_writer = await asyncio.open_connection(LOOPBACK, self._http_target)
        except OSError:
            writer.transport.abort()
            return

        def abort() -> None:
            writer.transport.abort()
            to_writer.transport.abort()

        async with self._registered(abort):
            with suppress(asyncio.CancelledError):  # at the end of the proxy
                await asyncio.gather(self._pump(reader, to_writer), self._pump(to_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                await self._delay()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _pass_socket(self, client: Any) -> None:
        address = f"ws://{LOOPBACK}:{self._socket_target}{client.request.path}"
        try:
            server = await connect(address, ping_interval=None)
        except (OSError, WebSocketException):
            client.transport.abort()
            return

        def abort() -> None:
            client.transport.abort()
            server.transport.abort()

        async with self._registered(abort):
            await asyncio.gather(self._relay(client, server, is_client=True), self._relay(server, client, is_client=False))

    async def _relay(self, source: Any, target: Any, *, is_client: bool) -> None:
        """Pass frames on. A push can be lost, and every frame can be repeated."""
        with suppress(OSError, WebSocketException):
            async for frame in source:
                await self._delay()
                is_push = json.loads(frame).get("type") == "messages"
                if self._is_silent:
                    continue
                if is_push and self._happens("lost pushes", self._faults.lost_pushes):
                    continue
                await target.send(frame)
                if self._happens("repeated", self._faults.repeated):
                    await target.send(frame)
                if is_client and self._cuts_next:
                    self._cuts_next = False
                    self._cut()
        await target.close()

    @asynccontextmanager
    async def _registered(self, abort: Callable[[], None]) -> AsyncIterator[None]:
        self._live.add(abort)
        try:
            yield
        finally:
            self._live.discard(abort)

    async def _delay(self) -> None:
        if self._happens("delayed", self._faults.delayed):
            await asyncio.sleep(self._random.uniform(0, self._faults.delay))

    def _happens(self, name: str, share: float) -> bool:
        happens = self._random.random() < share
        self.counts[name] += happens
        return happens
