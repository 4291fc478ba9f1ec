"""Posts to connections are signed and parallel; disconnected ones are returned, and slow ones delay no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from botocore.credentials import Credentials

from services.chat.adapters.sockets import GatewaySockets

pytestmark = pytest.mark.enable_socket


class Gateway(BaseHTTPRequestHandler):
    """A WebSocket API whose connections behave as their names say: slow, dead, live."""

    seen: dict[str, tuple[str, bytes, float]]
    started_at: float

    def do_POST(self) -> None:
        name = unquote(self.path.rpartition("/")[2])
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if name.startswith("slow"):
            time.sleep(3)
        self.seen[name] = (self.headers.get("authorization", ""), body, time.monotonic() - self.started_at)
        self.send_response(410 if name.startswith("dead") else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    do_DELETE = do_POST

    def log_message(self, *arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # the backlog must hold all connections of one parallel post


@contextmanager
def gateway() -> Iterator[tuple[GatewaySockets, type[Gateway]]]:
    handler = type("Handler", (Gateway,), {"seen": {}, "started_at": time.monotonic()})
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()  # how long `shutdown` waits at most
    try:
        endpoint = f"http://127.0.0.1:{server.server_port}/live"
        yield GatewaySockets(endpoint, "us-east-1", Credentials("key", "secret")), handler
    finally:
        server.shutdown()


def test_h15_posts_are_signed_and_disconnected_connections_are_returned() -> None:
    with gateway() as (sockets, handler):
        assert sockets.post_all(["a=", "b/", "dead"], {"type": "message", "text": "观鸟"}) == {"dead"}
        sockets.close("a=")
    assert set(handler.seen) == {"a=", "b/", "dead"}
    for authorization, _, _ in handler.seen.values():
        assert authorization.startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert "观鸟".encode() in handler.seen["b/"][1]


def test_h15_slow_receivers_delay_no_other_receiver() -> None:
    live = [f"live-{number}" for number in range(40)]
    with gateway() as (sockets, handler):
        started_at = time.monotonic()
        assert sockets.post_all(["slow-1", "slow-2", *live], {"type": "message"}) == set()
        seconds = time.monotonic() - started_at
    assert seconds < 2.9
    assert set(live) <= set(handler.seen)
    assert max(handler.seen[name][2] for name in live) < 1.0
