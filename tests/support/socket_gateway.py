"""A WebSocket API whose connections behave as their names say, for tests of the posts to them."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from botocore.credentials import Credentials

from services.chat.adapters.kept_sockets import Endpoint
from services.chat.adapters.sockets import GatewaySockets

SLOW_SECONDS = 3.0


class Handler(BaseHTTPRequestHandler):
    """The statuses by the beginnings of names: `gone` 410, `forbidden` 403, `broken` 500, `busy` 429, `once` 429 and then 200.

    `slow` responds after 3 seconds, `odd` with what is no HTTP, `cut` closes the connection before a response, and `last` after
    it.
    """

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        name = unquote(self.path.rpartition("/")[2])
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.note(name, self.headers.get("authorization", ""), body, self.client_address[1])
        kind = name.partition("-")[0]
        if kind == "slow":
            time.sleep(SLOW_SECONDS)
        if kind in ("odd", "cut"):
            self.wfile.write(b"nonsense\r\n\r\n" if kind == "odd" else b"")
            self.close_connection = True
            return
        is_repeat = self.server.times[name] > 1
        status = {"gone": 410, "forbidden": 403, "broken": 500, "busy": 429, "once": 200 if is_repeat else 429}.get(kind, 200)
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()
        self.close_connection = kind == "last"

    do_DELETE = do_POST

    def log_message(self, *arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """bodies, authorizations, arrived: by the name of a connection; times: how often it was posted to. ports: of all posts."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: dict[str, bytes] = {}
        self.authorizations: dict[str, str] = {}
        self.arrived: dict[str, float] = {}
        self.times: Counter[str] = Counter()
        self.ports: list[int] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def note(self, name: str, authorization: str, body: bytes, port: int) -> None:
        with self._lock:
            self.bodies[name], self.authorizations[name], self.arrived[name] = body, authorization, time.monotonic()
            self.times[name] += 1
            self.ports.append(port)

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        self._open.add(request)
        super().process_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Write nothing about a client that has closed its connection."""

    def close_connections(self) -> None:
        """Close what is open, as a server does with idle connections."""
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()


@contextmanager
def socket_gateway(
    tls: ssl.SSLContext | None = None, trusted: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[tuple[GatewaySockets, Server]]:
    """Serve a gateway. tls: of the server; plain without it. trusted: of the posts."""
    server = Server()
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        endpoint = Endpoint(f"{'https' if tls else 'http'}://{host}:{server.server_port}/live", trusted)
        yield GatewaySockets(endpoint, "us-east-1", Credentials("key", "secret")), server
    finally:
        server.shutdown()
        server.close_connections()
        server.server_close()
        thread.join(5)
