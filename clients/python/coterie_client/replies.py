"""The response frames that callers wait for."""

from __future__ import annotations

import threading
import uuid
from typing import Any

from coterie_client.errors import ConnectionLost


class Reply:
    """A response frame that will come; `frame` is None if the connection was lost before."""

    def __init__(self) -> None:
        self.ref = uuid.uuid4().hex
        self.settled = threading.Event()
        self.frame: dict[str, Any] | None = None


class Replies:
    """The requests of several threads over one connection, by their `ref`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: dict[str, Reply] = {}

    def expect(self) -> Reply:
        reply = Reply()
        with self._lock:
            self._expected[reply.ref] = reply
        return reply

    def discard(self, reply: Reply) -> None:
        with self._lock:
            self._expected.pop(reply.ref, None)

    def wait(self, reply: Reply, timeout: float) -> dict[str, Any]:
        """Return the response frame. Raises: ConnectionLost (also if none comes in time)."""
        reply.settled.wait(timeout)
        self.discard(reply)
        if reply.frame is None:
            raise ConnectionLost("no response frame came")
        return reply.frame

    def resolve(self, ref: str, frame: dict[str, Any]) -> None:
        """Give a response frame to its caller. Unchanged if it came before: a network can deliver a frame twice."""
        with self._lock:
            reply = self._expected.pop(ref, None)
        if reply:
            reply.frame = frame
            reply.settled.set()

    def lose_all(self) -> None:
        """Let all callers know that the connection is lost."""
        with self._lock:
            lost, self._expected = list(self._expected.values()), {}
        for reply in lost:
            reply.settled.set()
