"""A service as a WSGI application, for tools that send HTTP requests; the gateway's stand-in makes the events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from simulation.api.gateway import NO_BODY, ApiUser, Gateway, gateway_event


@dataclass
class WsgiGateway:
    """The WSGI application of one service.

    gateway, users: set before the first request; users by their bearer tokens.
    """

    service: str
    gateway: Gateway | None = None
    users: dict[str, ApiUser] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert self.gateway
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        token = headers.get("authorization", "").removeprefix("Bearer ")
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if "CONTENT_TYPE" in environ:
            headers["content-type"] = environ["CONTENT_TYPE"]
        event = gateway_event(
            environ["REQUEST_METHOD"],
            "",
            by=self.users.get(token),
            body=raw or NO_BODY,
            headers=headers,
            query=environ.get("QUERY_STRING", ""),
        )
        event["rawPath"] = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        response = self.gateway.handle(self.service, event)
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", list(response.headers.items()))
        return [response.text.encode()]
