"""Posting to WebSocket connections, by signed requests to the WebSocket API."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from botocore.credentials import Credentials

from services.chat.adapters.kept_sockets import Endpoint
from services.chat.adapters.posting import NO_RESPONSE, THROTTLED, Poster, Request
from services.chat.adapters.signing import RequestSigner
from services.shared.kernel.observability import record_metric

DISCONNECTED = 410  # the status of a post to a connection that no longer exists
FORBIDDEN = 403
METRICS = {NO_RESPONSE: "PushesWithoutResponse", FORBIDDEN: "PushesForbidden", THROTTLED: "PushesThrottled"}
Frame = dict[str, Any]


class Sockets(Protocol):
    def post_all(self, frames: Mapping[str, Frame]) -> set[str]:
        """Send each connection its frame; return the connections that are disconnected. A slow one is not waited for."""
        ...

    def close(self, connection_id: str) -> None: ...


class GatewaySockets:
    """Posts over kept connections, signed without the SDK: a call of the SDK's client costs 0.8 ms of processor per post."""

    def __init__(self, endpoint: Endpoint, region: str, credentials: Credentials) -> None:
        self._signer = RequestSigner(endpoint.authority, f"{endpoint.path}/@connections", region, credentials)
        self._poster = Poster(endpoint)
        self._lock = threading.Lock()

    def post_all(self, frames: Mapping[str, Frame]) -> set[str]:
        texts = {id(frame): frame for frame in frames.values()}  # most connections get the same frame
        signed = {key: self._signer.requests("POST", _encode(frame)) for key, frame in texts.items()}
        requests = [Request(connection_id, signed[id(frame)].request) for connection_id, frame in frames.items()]
        self._send(requests)
        return {request.id for request in requests if request.status == DISCONNECTED}

    def close(self, connection_id: str) -> None:
        self._send([Request(connection_id, self._signer.requests("DELETE", b"").request)])

    def _send(self, requests: list[Request]) -> None:
        with self._lock:
            self._poster.send_all(requests)
        _record_losses(request.status for request in requests)


def _encode(frame: Frame) -> bytes:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()


def _record_losses(statuses: Iterable[int]) -> None:
    """Count the posts that did not arrive, apart from those to connections that no longer exist."""
    lost = Counter(METRICS.get(status, "PushesFailed") for status in statuses if not _is_success(status))
    for name, count in lost.items():
        record_metric(name, count)


def _is_success(status: int) -> bool:
    return 200 <= status < 300 or status == DISCONNECTED
