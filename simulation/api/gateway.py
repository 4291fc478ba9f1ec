"""The gateway in front of the three apps, in process: events exactly as an HTTP API of payload 2.0 makes them."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ulid import ULID

from simulation.api.moto_cloud import (
    KEYS,
    Cloud,
    cloud,
    module,
)
from simulation.simulation import FakeSockets

NOTHING: Any = object()
VOLATILE = {"date", "x-correlation-id"}
Handed = dict[str, Any]


class Context:
    """What Lambda tells a function about itself, as far as anybody asks."""

    function_name = "test"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id = "request"


@dataclass(frozen=True)
class Person:
    """Somebody with a token that the gateway verified."""

    user_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    groups: tuple[str, ...] = ()
    token_use: str = "access"
    issued_at: int = field(default_factory=lambda: int(time.time()) - 60)

    @property
    def claims(self) -> dict[str, str]:
        """Every claim is handed over as text, a list as `[a b]`."""
        times = {"iat": str(self.issued_at), "exp": str(self.issued_at + 3600)}
        groups = {"cognito:groups": f"[{' '.join(self.groups)}]"} if self.groups else {}
        return {"sub": self.user_id, "token_use": self.token_use, **times, **groups}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text) if self.text else None

    @property
    def code(self) -> str:
        """The last part of a problem's type."""
        return str(self.body["type"]).rpartition(":")[2]

    @property
    def lasting(self) -> tuple[int, dict[str, str], Any]:
        """What must be the same where two answers must not be told apart."""
        body = self.body
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name != "correlation_id"}
        return self.status, {name: value for name, value in self.headers.items() if name not in VOLATILE}, body


def fresh_key() -> str:
    return str(ULID())


def gateway_event(
    method: str,
    path: str,
    *,
    by: Person | None = None,
    body: Any = NOTHING,
    headers: Mapping[str, str] | None = None,
    query: str = "",
    encoded: bool = False,
) -> Handed:
    """A body that is not str or bytes is sent as JSON; bytes that are no text, or `encoded`, travel in base64."""
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    if body is not NOTHING and not isinstance(body, str | bytes):
        body = json.dumps(body)
    if body is not NOTHING:
        sent.setdefault("content-type", "application/json")
    raw = b"" if body is NOTHING else body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    try:
        text: str | None = None if encoded else raw.decode()
    except UnicodeDecodeError:
        text = None
    http = {"method": method, "path": unquote(path), "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "test"}
    about: Handed = {"http": http, "requestId": f"request-{uuid.uuid4().hex[:12]}", "routeKey": "$default", "stage": "$default"}
    if by:
        about["authorizer"] = {"jwt": {"claims": by.claims, "scopes": None}}
    carried = base64.b64encode(raw).decode() if text is None else text
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": unquote(path),
        "rawQueryString": query,
        "headers": sent,
        "requestContext": about,
        **({} if body is NOTHING else {"body": carried}),
        "isBase64Encoded": text is None,
    }


@dataclass
class Gateway:
    cloud: Cloud
    sockets: FakeSockets

    def call(self, service: str, method: str, path: str, *, key: str | None = None, **how: Any) -> Answer:
        """Call a route. `key` is an Idempotency-Key; the rest is `gateway_event`'s."""
        headers = {**how.pop("headers", {}), **({"idempotency-key": key} if key else {})}
        return self.hand(service, gateway_event(method, path, headers=headers, **how))

    def hand(self, service: str, event: Handed) -> Answer:
        """Hand over an event and take the answer as the gateway reads it."""
        given = module("app", service).api(event, Context())
        assert given.keys() <= {"statusCode", "headers", "body", "isBase64Encoded", "cookies"}, given.keys()
        return Answer(given["statusCode"], {name.lower(): value for name, value in given["headers"].items()}, given["body"])

    def socket(self, route: str, connection: str, *, body: Any = NOTHING, ticket: str = "", **about: Any) -> int:
        """What the WebSocket gateway does for $connect, $disconnect and frames; answers the status."""
        event: Handed = {"requestContext": {"connectionId": connection, "routeKey": route, "requestId": "req-socket", **about}}
        if ticket:
            event["queryStringParameters"] = {"ticket": ticket}
        if body is not NOTHING:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        return int(module("app", "chat").on_socket(event, Context())["statusCode"])

    def heard(self, connection: str) -> list[Handed]:
        """What was posted to a connection since the last look."""
        return self.sockets.pushes.pop(connection, [])

    def deliver(self) -> None:
        """Let streams, bus and inboxes run until nothing moves any more."""
        while any([self._relay(), self._receive()]):
            pass

    def _relay(self) -> bool:
        moved = False
        for service in SERVICES:
            records = self.cloud.records(service)
            moved |= bool(records)
            workers = module("workers", service)
            pending_events = [record for record in records if "outbox" in record["dynamodb"].get("NewImage", {})]
            assert workers.relay({"Records": pending_events}, Context()) == {"batchItemFailures": []}
            if hasattr(workers, "on_change"):
                assert workers.on_change({"Records": records}, Context()) == {"batchItemFailures": []}
        return moved

    def _receive(self) -> bool:
        letters = {service: self.cloud.letters(service) for service in self.cloud.queues}
        for service, batch in letters.items():
            if batch:
                assert module("inbox", service).on_inbox({"Records": batch}, Context()) == {"batchItemFailures": []}
        return any(letters.values())


@contextmanager
def open_gateway() -> Iterator[Gateway]:
    sockets = FakeSockets()
    with cloud(sockets) as made:
        yield Gateway(made, sockets)


def document(service: str) -> dict[str, Any]:
    """The OpenAPI document that a service serves; it needs no cloud."""
    answer = module("app", service).api(gateway_event("GET", "/openapi.json"), Context())
    found: dict[str, Any] = json.loads(answer["body"])
    return found


SERVICES = tuple(KEYS)
