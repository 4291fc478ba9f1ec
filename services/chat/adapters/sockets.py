"""Posting to WebSocket connections: the one place that knows how a post is signed and sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AT_ONCE = 32
TIMEOUT = urllib3.Timeout(connect=0.5, read=1.0)


class Sockets(Protocol):
    def post_all(self, connection_ids: Iterable[str], push: dict[str, Any]) -> set[str]:
        """Send one push to many connections; answers those that are gone. Slow ones are given up, never waited for."""
        ...

    def close(self, connection_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class GatewaySockets:
    """Hand-signed requests over kept connections: a client call of the SDK costs some 1.1 ms of processor a post."""

    endpoint: str
    region: str
    credentials: Credentials
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=AT_ONCE, timeout=TIMEOUT, retries=False)
    )
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE))

    def post_all(self, connection_ids: Iterable[str], push: dict[str, Any]) -> set[str]:
        data = json.dumps(push, ensure_ascii=False, separators=(",", ":")).encode()
        ids = list(connection_ids)
        statuses = self.threads.map(lambda connection_id: self._send("POST", connection_id, data), ids)
        return {connection_id for connection_id, status in zip(ids, statuses, strict=True) if status == 410}

    def close(self, connection_id: str) -> None:
        self._send("DELETE", connection_id, b"")

    def _send(self, method: str, connection_id: str, data: bytes) -> int:
        """The status; 0 when no answer came in time: the push was a hint, history is the truth."""
        url = f"{self.endpoint}/@connections/{quote(connection_id, safe='')}"
        request = AWSRequest(method, url, data=data, headers={"content-type": "application/json"})
        SigV4Auth(self.credentials, "execute-api", self.region).add_auth(request)
        try:
            return self.http.request(method, url, body=data, headers=dict(request.headers)).status
        except urllib3.exceptions.HTTPError:
            return 0
