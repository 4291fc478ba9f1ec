"""The stand-in of the WebSocket API's management endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any


def messages_of(frames: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the messages that these frames push."""
    return [message for frame in frames if frame["type"] == "messages" for message in frame["messages"]]


class FakeSockets:
    """Records what is posted.

    pushes: the frames by connection. closed: the connections that were closed. disconnected: connections to which nothing
    can be posted any more, as after a client has left without a disconnect.
    """

    def __init__(self) -> None:
        self.pushes: dict[str, list[dict[str, Any]]] = {}
        self.closed: list[str] = []
        self.disconnected: set[str] = set()

    def post_all(self, frames: Mapping[str, dict[str, Any]]) -> set[str]:
        for connection_id, frame in frames.items():
            if connection_id not in self.disconnected:
                self.pushes.setdefault(connection_id, []).append(json.loads(json.dumps(frame)))
        return self.disconnected.intersection(frames)

    def close(self, connection_id: str) -> None:
        self.closed.append(connection_id)
