"""A service as a WSGI application, for tools that speak HTTP: the gateway's part is played between the two."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from simulation.api.gateway import (
    NOTHING,
    Gateway,
    Person,
    gateway_event,
)


@dataclass
class Door:
    """`gateway` and the people by their bearer tokens are set before the first knock."""

    service: str
    gateway: Gateway | None = None
    people: dict[str, Person] = field(default_factory=dict)

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
            by=self.people.get(token),
            body=raw or NOTHING,
            headers=headers,
            query=environ.get("QUERY_STRING", ""),
        )
        event["rawPath"] = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        answer = self.gateway.hand(self.service, event)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers.items()))
        return [answer.text.encode()]
