"""The services in process behind real sockets: an HTTP server and a WebSocket server over the simulated cloud."""

from __future__ import annotations

import json
import queue
import socket
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from services import SERVICES
from services.shared.http.gateway import VERSION_PREFIX
from simulation.api.gateway import NO_BODY, ApiUser, Gateway, gateway_event
from simulation.api.moto_cloud import open_cloud
from simulation.api.operations import operations
from simulation.sockets import FakeSockets

LOOPBACK = "127.0.0.1"
UNAUTHORIZED = b'{"message":"Unauthorized"}'


class LiveSockets(FakeSockets):
    """The management endpoint of the WebSocket API over real connections. Frames wait in a queue, so no handler waits."""

    def __init__(self) -> None:
        super().__init__()
        self.queues: dict[str, queue.SimpleQueue[dict[str, Any] | None]] = {}

    def post_all(self, frames: Mapping[str, dict[str, Any]]) -> set[str]:
        disconnected = set()
        for connection_id, frame in frames.items():
            waiting = self.queues.get(connection_id)
            if waiting is None:
                disconnected.add(connection_id)
            else:
                waiting.put(frame)
        return disconnected

    def close(self, connection_id: str) -> None:
        if waiting := self.queues.get(connection_id):
            waiting.put(None)


class ServedApi:
    """The addresses of the servers, and the users who can sign in. A user's access token is their id."""

    def __init__(self, gateway: Gateway, sockets: LiveSockets) -> None:
        self.gateway, self.sockets = gateway, sockets
        self.users: dict[str, ApiUser] = {}
        self.lock = threading.Lock()  # a function handles one request at a time
        self._routes = [(operation.method, operation.template.split("/"), operation.service) for operation in operations()]
        self._http: ThreadingHTTPServer | None = None
        self._live: Server | None = None
        self._connections: set[ServerConnection] = set()

    @property
    def http_port(self) -> int:
        assert self._http
        return int(self._http.server_address[1])

    @property
    def socket_port(self) -> int:
        assert self._live
        return int(self._live.socket.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.http_port}{VERSION_PREFIX}"

    @property
    def socket_url(self) -> str:
        return f"ws://{LOOPBACK}:{self.socket_port}/live"

    def sign_in(self, user: ApiUser) -> str:
        """Let a user sign in, and return their access token."""
        self.users[user.user_id] = user
        return user.user_id

    def run_streams(self) -> None:
        with self.lock:
            self.gateway.run_streams()

    @contextmanager
    def running(self) -> Iterator[ServedApi]:
        handler = type("Handler", (ApiHandler,), {"served": self})
        self._http = ThreadingHTTPServer((LOOPBACK, 0), handler)
        self._http.daemon_threads = True
        self._live = serve(
            self.handle_connection, LOOPBACK, 0, process_request=self.open_connection, ping_interval=None, close_timeout=1
        )
        threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in (self._http, self._live)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()
            self._abort_connections()
            self._live.shutdown()

    def _abort_connections(self) -> None:
        """Break what is open or closing. The server alone would wait without end for a client that does not respond."""
        for connection in list(self._connections):
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)

    def service_of(self, path: str) -> str:
        """Return the service of a path; the first one for an unknown path."""
        parts = path.split("/")
        for _, template, service in self._routes:
            if len(template) == len(parts) and all(map(_is_match, template, parts)):
                return service
        return SERVICES[0]

    def respond(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of a request, as the gateway does."""
        split = urlsplit(target)
        path = split.path.removeprefix(VERSION_PREFIX)
        user = self.users.get(headers.get("authorization", "").removeprefix("Bearer "))
        if user is None:
            return 401, {"content-type": "application/json"}, UNAUTHORIZED
        event = gateway_event(method, path, by=user, body=body or NO_BODY, headers=headers, query=split.query)
        with self.lock:
            response = self.gateway.handle(self.service_of(path), event)
        return response.status, dict(response.headers), response.text.encode()

    def open_connection(self, connection: ServerConnection, request: Request) -> Response | None:
        """Run $connect: the connection is open, or denied with a status."""
        ticket = parse_qs(urlsplit(request.path).query).get("ticket", [""])[0]
        connection_id = uuid.uuid4().hex
        with self.lock:
            status = self.gateway.call_socket("$connect", connection_id, ticket=ticket)
        if status != 200:
            return connection.respond(status, "")
        connection.username = connection_id  # a free attribute of the connection
        self.sockets.queues[connection_id] = queue.SimpleQueue()
        return None

    def handle_connection(self, connection: ServerConnection) -> None:
        connection_id = str(connection.username)
        waiting = self.sockets.queues[connection_id]
        self._connections.add(connection)
        sender = threading.Thread(target=partial(_send_waiting, connection, waiting), daemon=True)
        sender.start()
        with suppress(ConnectionClosed):
            for text in connection:
                with self.lock:
                    self.gateway.call_socket("$default", connection_id, body=text)
        self._connections.discard(connection)
        del self.sockets.queues[connection_id]
        waiting.put(None)
        with self.lock:
            self.gateway.call_socket("$disconnect", connection_id)


def _is_match(segment: str, part: str) -> bool:
    return segment == part or segment.startswith("{")


def _send_waiting(connection: ServerConnection, waiting: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    """Send the frames of a connection, and close it after the last one."""
    with suppress(ConnectionClosed, OSError):
        while (frame := waiting.get()) is not None:
            connection.send(json.dumps(frame, ensure_ascii=False))
    connection.close()


class ApiHandler(BaseHTTPRequestHandler):
    """One connection of the HTTP server."""

    served: ClassVar[ServedApi]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, sent, content = self.served.respond(self.command, self.path, headers, body)
        self.send_response(status)
        for name, value in sent.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = respond

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""


@contextmanager
def serve_api() -> Iterator[ServedApi]:
    """Serve a new cloud in process."""
    sockets = LiveSockets()
    with open_cloud(sockets) as cloud, ServedApi(Gateway(cloud, sockets), sockets).running() as served:
        yield served
