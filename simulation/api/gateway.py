"""The stand-in of the HTTP API in front of the four services: events in payload format 2.0, as API Gateway sends them."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

from ulid import ULID

from services import SERVICES
from services.shared.http.gateway import VERSION_PREFIX
from simulation.api.moto_cloud import Cloud, open_cloud, service_module
from simulation.sockets import FakeSockets
from simulation.streams import NO_FAILURES, ON_CHANGE, RELAY, filter_records
from simulation.user_pool import MEMBERS_CLIENT, STAFF_CLIENT

NO_BODY: Any = object()
SOURCE = {"identity": {"sourceIp": "203.0.113.7"}}  # of the requests of a WebSocket API
VOLATILE = {"date", "x-correlation-id"}
LambdaEvent = dict[str, Any]


class Context:
    """The context object that Lambda passes to a function."""

    function_name = "test"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@dataclass(frozen=True)
class ApiUser:
    """A user with a token that the authorizer verified.

    auth_time: of a sign-in before the token, if it was refreshed.
    staff_sign_in: whether a user with groups signed in with the staff's client and a second factor.
    """

    user_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    groups: tuple[str, ...] = ()
    token_use: str = "access"
    issued_at: int = field(default_factory=lambda: int(time.time()) - 60)
    auth_time: int | None = None
    staff_sign_in: bool = True

    @property
    def signed_in_at(self) -> int:
        return self.issued_at if self.auth_time is None else self.auth_time

    @property
    def claims(self) -> dict[str, str]:
        """Return the claims as the authorizer passes them on: every value as text, a list as `[a b]`."""
        times = {"auth_time": self.signed_in_at, "iat": self.issued_at, "exp": self.issued_at + 3600}
        groups = {"cognito:groups": f"[{' '.join(self.groups)}]"} if self.groups else {}
        is_staff = bool(self.groups) and self.staff_sign_in
        client = {"client_id": STAFF_CLIENT, "totp": "enabled"} if is_staff else {"client_id": MEMBERS_CLIENT}
        own = {"sub": self.user_id, "token_use": self.token_use, **groups, **client}
        return own | {name: str(at) for name, at in times.items()}


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        """The parsed JSON; None without a body, and the text of a file."""
        if self.headers.get("content-type", "").startswith("text/csv"):
            return self.text
        return json.loads(self.text) if self.text else None

    @property
    def code(self) -> str:
        """Return the code of a problem."""
        return str(self.body["type"]).rpartition(":")[2]

    @property
    def comparable(self) -> tuple[int, dict[str, str], Any]:
        """Return what must be equal where two responses must look the same to a client."""
        body = self.body
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name != "correlation_id"}
        return self.status, {name: value for name, value in self.headers.items() if name not in VOLATILE}, body


def new_idempotency_key() -> str:
    return str(ULID())


def gateway_event(
    method: str,
    path: str,
    *,
    by: ApiUser | None = None,
    body: Any = NO_BODY,
    headers: Mapping[str, str] | None = None,
    query: str = "",
    encoded: bool = False,
) -> LambdaEvent:
    """Return the event of an HTTP request to the path below `/v1`.

    body: sent as JSON unless it is str or bytes; bytes that are not UTF-8 are encoded in base64.
    encoded: encode any body in base64.
    """
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    if body is not NO_BODY:
        sent.setdefault("content-type", "application/json")
    text, is_encoded = _body_text(body, encoded)
    full_path = VERSION_PREFIX + unquote(path)
    http = {"method": method, "path": full_path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "test"}
    context: LambdaEvent = {
        "http": http,
        "requestId": f"request-{uuid.uuid4().hex[:12]}",
        "routeKey": "$default",
        "stage": "$default",
    }
    if by:
        context["authorizer"] = {"jwt": {"claims": by.claims, "scopes": None}}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": full_path,
        "rawQueryString": query,
        "headers": sent,
        "requestContext": context,
        **({} if body is NO_BODY else {"body": text}),
        "isBase64Encoded": is_encoded,
    }


def _body_text(body: Any, encoded: bool) -> tuple[str, bool]:
    """Return the body as the event contains it, and whether it is encoded in base64."""
    if body is not NO_BODY and not isinstance(body, str | bytes):
        body = json.dumps(body)
    raw = b"" if body is NO_BODY else body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    try:
        return (base64.b64encode(raw).decode(), True) if encoded else (raw.decode(), False)
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode(), True


@dataclass
class Gateway:
    """The HTTP API and the WebSocket API over a cloud in process."""

    cloud: Cloud
    sockets: FakeSockets

    def call(self, service: str, method: str, path: str, *, key: str | None = None, **how: Any) -> Response:
        """Call a route; `key` is the Idempotency-Key, `how` are the other arguments of `gateway_event`."""
        headers = {**how.pop("headers", {}), **({"idempotency-key": key} if key else {})}
        return self.handle(service, gateway_event(method, path, headers=headers, **how))

    def handle(self, service: str, event: LambdaEvent) -> Response:
        """Pass an event to a service and return the response as the gateway reads it."""
        response = service_module("app", service).api(event, Context())
        assert response.keys() <= {"statusCode", "headers", "body", "isBase64Encoded", "cookies"}, response.keys()
        headers = {name.lower(): value for name, value in response["headers"].items()}
        return Response(response["statusCode"], headers, response["body"])

    def call_socket(self, route: str, connection: str, *, body: Any = NO_BODY, ticket: str = "", **about: Any) -> int:
        """Send a connection's $connect, $disconnect or frame to chat, and return the status."""
        event: LambdaEvent = {
            "requestContext": {"connectionId": connection, "routeKey": route, "requestId": "req-socket", **SOURCE, **about}
        }
        if ticket:
            event["queryStringParameters"] = {"ticket": ticket}
        if body is not NO_BODY:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        return int(service_module("app", "chat").on_socket(event, Context())["statusCode"])

    def pop_pushes(self, connection: str) -> list[LambdaEvent]:
        """Return what was posted to a connection since the last call."""
        return self.sockets.pushes.pop(connection, [])

    def run_streams(self) -> None:
        """Run streams, bus and inbox queues until nothing is left to process."""
        while any([self._process_streams(), self._receive(), self._push_parts()]):
            pass
        assert not any(map(self.cloud.failed_messages, SERVICES)), "a record or message was set aside"

    def _process_streams(self) -> bool:
        """Pass what was written since the last call to relays and stream handlers; nothing may fail here."""
        records = {service: self.cloud.records(service) for service in SERVICES}
        for service, batch in records.items():
            workers = service_module("workers", service)
            for function, name in ((RELAY, "relay"), (ON_CHANGE, "on_change")):
                if handler := getattr(workers, name, None):
                    assert handler({"Records": filter_records(service, function, batch)}, Context()) == NO_FAILURES
        return any(records.values())

    def _push_parts(self) -> bool:
        parts = self.cloud.push_parts.take()
        for part in parts:
            service_module("workers", "chat").on_push(part, Context())
        return bool(parts)

    def _receive(self) -> bool:
        batches = {service: self.cloud.queue_messages(service) for service in self.cloud.queues}
        for service, batch in batches.items():
            if batch:
                assert service_module("inbox", service).on_inbox({"Records": batch}, Context()) == NO_FAILURES
        return any(batches.values())


@contextmanager
def open_gateway() -> Iterator[Gateway]:
    sockets = FakeSockets()
    with open_cloud(sockets) as cloud:
        yield Gateway(cloud, sockets)


@cache
def document(service: str) -> dict[str, Any]:
    """Return the OpenAPI document that a service serves; it needs no cloud."""
    response = service_module("app", service).api(gateway_event("GET", f"/openapi/{service}.json"), Context())
    parsed: dict[str, Any] = json.loads(response["body"])
    return parsed
