"""A stand-in of API Gateway's WebSocket API, as a process of its own: real WebSockets, and posts to them.

It does what the load test needs and no more. A WebSocket that opens `/live?id=<id>` has that connection id. `POST
/live/@connections/<id>` is answered as API Gateway does: 403 without a signature of the right shape, 410 for an unknown
connection, 429 above a rate, otherwise 200. A text frame that a client sends is echoed to all connections: the floor of the
comparison. It ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import sys
import time
from urllib.parse import unquote

WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MAX_HEAD = 16 * 1024
MAX_BODY = 128 * 1024
BACKLOG = 1024
CLOSE_FRAME = bytes((0x88, 0))
SIGNATURE = re.compile(
    rb"AWS4-HMAC-SHA256 Credential=[\w-]+/(?P<day>\d{8})/[\w-]+/execute-api/aws4_request, "
    rb"SignedHeaders=(?P<headers>[a-z0-9;-]+), Signature=[0-9a-f]{64}"
)
POST_PATH = re.compile(rb"(?:POST|DELETE) /live/(?:@|%40)connections/([^ ?]+) HTTP/1.1")
OPEN_PATH = re.compile(rb"GET /live\?id=([^ &]+) HTTP/1.1")


class Rate:
    """At most so many posts per second; 0 is no limit."""

    def __init__(self, per_second: int) -> None:
        self._per_second, self._left, self._second = per_second, per_second, 0

    def use(self) -> bool:
        if not self._per_second:
            return True
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._left = second, self._per_second
        self._left -= 1
        return self._left >= 0


class Connection(asyncio.Protocol):
    """One TCP connection: of a client that posts, or of a WebSocket after its opening request."""

    open: dict[str, Connection]  # the WebSockets by their ids; set by `serve`
    rate: Rate

    def __init__(self) -> None:
        self.data = b""
        self.id = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.open.pop(self.id, None)

    def data_received(self, data: bytes) -> None:
        self.data += data
        while self.data and (self._take_frame() if self.id else self._take_request()):
            pass

    def _take_request(self) -> bool:
        """Answer the next request; return False if it is not complete."""
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            if len(self.data) > MAX_HEAD:
                self.transport.close()
            return False
        head = self.data[:end]
        size = int(header(head, b"content-length") or 0)
        if len(self.data) < end + 4 + size or size > MAX_BODY:
            return False
        body, self.data = self.data[end + 4 : end + 4 + size], self.data[end + 4 + size :]
        if opened := OPEN_PATH.match(head):
            self._open_websocket(head, opened[1].decode())
        else:
            status = self._post(head, body)
            self.transport.write(b"HTTP/1.1 %d -\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n" % status)
        return True

    def _post(self, head: bytes, body: bytes) -> int:
        path = POST_PATH.match(head)
        if path is None:
            return 404
        if not is_signed(head):
            return 403
        if not self.rate.use():
            return 429
        receiver = self.open.get(unquote(path[1].decode()))
        if receiver is None:
            return 410
        if head.startswith(b"POST"):
            receiver.transport.write(text_frame(body))
        else:
            receiver.transport.write(CLOSE_FRAME)
            receiver.transport.close()
        return 200

    def _open_websocket(self, head: bytes, connection_id: str) -> None:
        accept = base64.b64encode(hashlib.sha1(header(head, b"sec-websocket-key") + WEBSOCKET_GUID).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %s\r\n\r\n" % accept
        )
        self.id = connection_id
        self.open[self.id] = self

    def _take_frame(self) -> bool:
        """Take the next frame of a client, which is masked, and echo a text to all; return False if it is not complete."""
        taken = take_masked_frame(self.data)
        if taken is None:
            return False
        opcode, text, self.data = taken
        if opcode == 1:
            frame = text_frame(text)
            for connection in self.open.values():
                connection.transport.write(frame)
        elif opcode == 8:
            self.transport.write(CLOSE_FRAME)
            self.transport.close()
        return True


def header(head: bytes, name: bytes) -> bytes:
    """Return the value of a header of a request, empty if it has none."""
    found = re.search(rb"\r\n" + name + rb": *([^\r]*)", head, re.IGNORECASE)
    return found[1] if found else b""


def is_signed(head: bytes) -> bool:
    """Whether a request has a signature of the right shape, of its own day, over host and date."""
    signature = SIGNATURE.fullmatch(header(head, b"authorization"))
    date = header(head, b"x-amz-date")
    if signature is None or not re.fullmatch(rb"\d{8}T\d{6}Z", date):
        return False
    return date.startswith(signature["day"]) and {b"host", b"x-amz-date"} <= set(signature["headers"].split(b";"))


def text_frame(text: bytes) -> bytes:
    """Return a WebSocket frame of a server: final, text, not masked."""
    size = len(text)
    if size < 126:
        return bytes((0x81, size)) + text
    return b"\x81\x7e" + size.to_bytes(2) + text if size < 65536 else b"\x81\x7f" + size.to_bytes(8) + text


def take_masked_frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Return the opcode and the text of the first frame in the data, and the data after it; None if it is not complete."""
    if len(data) < 2:
        return None
    size, start = data[1] & 0x7F, 2
    if size >= 126:
        start = 4 if size == 126 else 10
        size = int.from_bytes(data[2:start])
    end = start + 4 + size
    if len(data) < end:
        return None
    mask, masked = data[start : start + 4], data[start + 4 : end]
    text = bytes(byte ^ mask[index % 4] for index, byte in enumerate(masked))
    return data[0] & 0x0F, text, data[end:]


async def serve(rate: int) -> None:
    """Serve on a free port of the loopback, which is printed, until standard input ends."""
    Connection.open, Connection.rate = {}, Rate(rate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
