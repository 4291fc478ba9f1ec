"""The stand-in of the WebSocket API's management endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


class FakeSockets:
    """Records what is posted.

    pushes: the frames by connection. closed: the connections that were closed. disconnected: connections to which nothing
    can be posted any more, as after a client has left without a disconnect.
    """

    def __init__(self) -> None:
        self.pushes: dict[str, list[dict[str, Any]]] = {}
        self.closed: list[str] = []
        self.disconnected: set[str] = set()

    def post_all(self, connection_ids: Iterable[str], frame: dict[str, Any]) -> set[str]:
        wanted = set(connection_ids)
        for connection_id in wanted - self.disconnected:
            self.pushes.setdefault(connection_id, []).append(json.loads(json.dumps(frame)))
        return wanted & self.disconnected

    def close(self, connection_id: str) -> None:
        self.closed.append(connection_id)
