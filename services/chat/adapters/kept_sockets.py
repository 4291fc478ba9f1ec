"""One connection to an HTTP server that is kept over many requests: plain or TLS, one request at a time, never blocking."""

from __future__ import annotations

import errno
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from services.chat.adapters.responses import Response, parse_response

RECEIVE = 16 * 1024
ADDRESSES_SECONDS = 60.0  # for which the addresses of a host are used without another look-up
LOOK_UP_PAUSE_SECONDS = 1.0  # after a look-up that failed
CONNECTED = (0, errno.EISCONN)
CONNECTING = (errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK)
Address = tuple[socket.AddressFamily, tuple[object, ...]]


class Endpoint:
    """The server behind a URL. tls: None for a plain connection."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        split = urlsplit(url)
        is_secure = split.scheme == "https"
        self.host = split.hostname or ""
        self.path = split.path
        self.port = split.port or (443 if is_secure else 80)
        self.authority = split.netloc
        self.tls = (tls or ssl.create_default_context()) if is_secure else None
        self._clock, self._addresses, self._resolve_at, self._next = clock, list[Address](), 0.0, 0

    def next_address(self) -> Address:
        """Return the addresses of the host in turn. Raises: OSError (it has none now)."""
        if self._clock() >= self._resolve_at:
            self._resolve()
        if not self._addresses:
            raise OSError(f"no address of {self.host}")
        self._next = (self._next + 1) % len(self._addresses)
        return self._addresses[self._next]

    def _resolve(self) -> None:
        """Look the host up. After a failure the earlier addresses are used, and the next look-up is soon, but not at once."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError:
            self._resolve_at = self._clock() + LOOK_UP_PAUSE_SECONDS
            return
        self._addresses = [(family, address) for family, _, _, _, address in found]
        self._resolve_at = self._clock() + ADDRESSES_SECONDS


class KeptSocket:
    """A connection that is opened by its first request.

    wants: what it waits for, as an event of `selectors`. has_served: whether it has carried a request with its response.
    """

    __slots__ = ("_address", "_host", "_is_connected", "_received", "_socket", "_tls", "_unsent", "fd", "has_served", "wants")

    def __init__(self, endpoint: Endpoint) -> None:
        """Begin to connect. Raises: OSError."""
        family, self._address = endpoint.next_address()
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._tls, self._host = endpoint.tls, endpoint.host
        self._is_connected = self.has_served = False
        self._unsent, self._received = b"", bytearray()
        self.fd, self.wants = self._socket.fileno(), selectors.EVENT_WRITE

    @property
    def has_received(self) -> bool:
        """Whether a part of the response has come."""
        return bool(self._received)

    def begin(self, request: bytes) -> Response | None:
        """Send a request, as far as that is possible now; the rest is for `advance`. Raises: OSError, ResponseInvalid."""
        self._unsent = request
        self._received.clear()
        return self.advance()

    def advance(self) -> Response | None:
        """Do what is possible without waiting; return the response when it is complete. Raises: OSError, ResponseInvalid."""
        try:
            if not self._is_connected and not self._connect():
                return None
            if not self._unsent:
                return self._receive()
            self._send()
            self.wants = selectors.EVENT_READ  # the response takes a while
        except ssl.SSLWantReadError:
            self.wants = selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            self.wants = selectors.EVENT_WRITE
        return None

    def is_stale(self) -> bool:
        """Whether an idle connection that became readable was closed by the server, or sent what no request asked for."""
        try:
            self._socket.recv(RECEIVE)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return False  # a message of TLS itself
        except OSError:
            return True
        return True

    def close(self) -> None:
        self._socket.close()

    def _connect(self) -> bool:
        """Return whether the connection is open, with TLS where the endpoint has it."""
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.do_handshake()
            self._is_connected = True
            return True
        code = self._socket.connect_ex(self._address)
        if code in CONNECTING:
            self.wants = selectors.EVENT_WRITE
            return False
        if code not in CONNECTED:
            raise OSError(code, "not connected")
        if self._tls is None:
            self._is_connected = True
            return True
        # The server's name is sent (SNI) and compared to its certificate, by the default context.
        self._socket = self._tls.wrap_socket(self._socket, server_hostname=self._host, do_handshake_on_connect=False)
        return self._connect()

    def _send(self) -> None:
        while self._unsent:
            try:
                sent = self._socket.send(self._unsent)
            except BlockingIOError:
                raise ssl.SSLWantWriteError from None
            self._unsent = self._unsent[sent:]

    def _receive(self) -> Response | None:
        while True:
            try:
                data = self._socket.recv(RECEIVE)
            except BlockingIOError:
                raise ssl.SSLWantReadError from None
            if not data:
                raise ConnectionResetError("closed before the response")
            self._received += data
            if response := parse_response(self._received):
                self.has_served = True
                return response
