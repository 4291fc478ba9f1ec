"""The members of a room in the load test, as a process of its own: n WebSockets that note when each message arrives.

Standard input has commands: `echo <number>` sends a text with that number on the first connection, `stop` ends.
Standard output has a line of JSON per message that arrived everywhere: its number, when it was sent if it was sent here, and
when it arrived at each member. Times are of the monotonic clock of the machine, in seconds, the same in all processes.
"""

from __future__ import annotations

import base64
import json
import os
import re
import selectors
import socket
import sys
import time

NUMBER = re.compile(rb'"seq":(\d+)')
ECHO_TEXT = "在吗" * 60  # a frame of the size of a message's
RECEIVE = 256 * 1024


def open_websocket(port: int, connection_id: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 10)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /live?id={connection_id} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        part = connection.recv(4096)
        if not part:
            raise ConnectionError("the gateway closed a connection")
        received += part
    if not received.startswith(b"HTTP/1.1 101"):
        raise ConnectionError(f"the gateway did not open a WebSocket: {received[:80]!r}")
    connection.setblocking(False)
    return connection


def masked_text_frame(text: bytes) -> bytes:
    mask = os.urandom(4)
    head = bytes((0x81, 0x80 | len(text))) if len(text) < 126 else b"\x81\xfe" + len(text).to_bytes(2)
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(text))


def frames_of(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the texts of the complete frames, which a server does not mask, and the data after them."""
    texts, at = [], 0
    while len(data) - at >= 2:
        size, start = data[at + 1], at + 2
        if size >= 126:
            start += 2 if size == 126 else 8
            size = int.from_bytes(data[at + 2 : start])
        if len(data) < start + size:
            break
        texts.append(data[start : start + size])
        at = start + size
    return texts, data[at:]


class Members:
    """n open WebSockets, and the messages that did not arrive at all of them yet."""

    def __init__(self, port: int, n: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._open = [open_websocket(port, f"member-{index:05}=") for index in range(n)]
        self._rest = {connection.fileno(): b"" for connection in self._open}
        self._arrived: dict[int, list[float]] = {}
        self._sent: dict[int, float] = {}
        for connection in self._open:
            self._selector.register(connection, selectors.EVENT_READ)
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        os.set_blocking(sys.stdin.fileno(), False)

    def run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if isinstance(key.fileobj, socket.socket):
                    self._receive(key.fileobj)
                elif not self._obey(os.read(sys.stdin.fileno(), 4096).decode()):
                    return

    def _obey(self, commands: str) -> bool:
        for command in commands.splitlines():
            if command == "stop":
                return False
            number = int(command.split()[1])
            text = f'{{"seq":{number},"text":"{ECHO_TEXT}"}}'.encode()
            self._sent[number] = time.monotonic()
            self._open[0].send(masked_text_frame(text))
        return bool(commands)

    def _receive(self, connection: socket.socket) -> None:
        data = connection.recv(RECEIVE)
        if not data:
            self._selector.unregister(connection)
            return
        at = time.monotonic()
        texts, self._rest[connection.fileno()] = frames_of(self._rest[connection.fileno()] + data)
        for text in texts:
            for number in set(map(int, NUMBER.findall(text))):
                self._note(number, at)

    def _note(self, number: int, at: float) -> None:
        arrived = self._arrived.setdefault(number, [])
        arrived.append(at)
        if len(arrived) == len(self._open):
            print(json.dumps([number, self._sent.pop(number, None), self._arrived.pop(number)]), flush=True)


if __name__ == "__main__":
    members = Members(int(sys.argv[1]), int(sys.argv[2]))
    print("open", flush=True)
    members.run()
