"""A client over scripted responses, and a clock that its pauses move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from coterie_client import Client, Retries, TokenSource

URL = "https://api.example.org/v1"
Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Script:
    """Responds to requests one by one; the last step is repeated. requests: what was sent. pauses: between attempts."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def client(self, token: str | TokenSource = "token", **options: Any) -> Client:
        http = httpx.Client(transport=httpx.MockTransport(self._respond))
        return Client(URL, token, http=http, sleep=self.pauses.append, **options)

    def header(self, name: str) -> list[str | None]:
        return [request.headers.get(name) for request in self.requests]

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, httpx.Response) else step(request)


def ok(document: Any = None, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=document, headers=headers) if document is not None else httpx.Response(status)


def problem(status: int, code: str = "", *, headers: dict[str, str] | None = None, **members: Any) -> httpx.Response:
    """Return a problem document; without a code, what the gateway responds in place of a service."""
    document = {"type": f"urn:coterie:problem:{code}", "title": "Title.", "status": status, "correlation_id": "c"}
    return httpx.Response(status, json={**document, **members} if code else {"message": "Unavailable"}, headers=headers)


def quick(**changes: Any) -> Retries:
    return Retries(**{"attempts": 5, "deadline": 30.0, **changes})
