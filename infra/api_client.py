"""The client of the API that the consoles of operators and reviewers use. Its responses are printed."""

from __future__ import annotations

from typing import Any

from coterie_client import ApiError, Client

from infra.terminal import escape_controls


class RequestFailed(Exception):
    """The title, next step and field messages of an error response."""


class ApiClient:
    """A client of the API for one user. Its responses are printed, so control characters in them are escaped."""

    def __init__(self, url: str, token: str) -> None:
        self._client = Client(url, token)

    def call(self, method: str, path: str, body: Any = None, etag: str = "", **query: str) -> Any:
        try:
            return escape_controls(self._client.call(method, path, body, etag=etag, query=query))
        except ApiError as error:
            fields = "; ".join(f"{field.at} {field.message}" for field in error.errors)
            title = f"{error.title} {error.next_step}".strip()
            raise RequestFailed(escape_controls(": ".join(part for part in (title, fields) if part))) from error
