"""One request to the API, sent until it has a result, as far as a repeat is safe."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from coterie_client.errors import ApiError, ResponseMissing, retry_after_of
from coterie_client.retries import BUSY, NOT_SENT, Retries, is_keyed, is_repeatable, new_key
from coterie_client.tokens import AccessToken, TokenSource

REVOKED = "access-revoked"  # a new token of the same session would be denied too
KEY_TIME_INVALID = "idempotency-key-time-invalid"


@dataclass
class Request:
    """A request with what stays the same over its attempts.

    is_repeatable: an attempt with an unknown outcome can be repeated.
    has_unknown_attempt: an attempt may have taken effect, although it got no result.
    is_key_correctable: this client made the key, so it can make another one before the request took effect.
    """

    method: str
    path: str
    body: Any
    headers: dict[str, str]
    query: Mapping[str, Any]
    is_repeatable: bool
    retries: Retries
    is_key_correctable: bool
    has_unknown_attempt: bool = False
    started: float = field(default_factory=time.monotonic)

    def seconds_left(self) -> float:
        return self.started + self.retries.deadline - time.monotonic()


@dataclass(frozen=True)
class Response:
    """document: the JSON body; None without one. etag: for `etag=` of the next change; empty if the response has none."""

    status: int
    headers: Mapping[str, str]
    document: Any

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "").strip('"')


class Http:
    """Sends requests with the token, the language and the retries of a client. Threads can share it."""

    def __init__(
        self,
        url: str,
        tokens: TokenSource,
        *,
        language: str,
        retries: Retries,
        timeout: float,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.tokens, self.retries, self.language = tokens, retries, language
        self._url, self._timeout, self._sleep = url.rstrip("/"), timeout, sleep
        self.plain = http or httpx.Client()  # without the token: it also loads files of other hosts
        self._skew = 0.0

    def prepare(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        query: Mapping[str, Any] | None,
        etag: str,
        key: str,
        repeatable: bool | None,
        retries: Retries | None,
    ) -> Request:
        """Return a request. Its Idempotency-Key is made here, once for all attempts."""
        if not path.startswith("/"):
            raise ValueError(f"{path!r} does not begin with a slash")
        headers = {"accept-language": self.language}
        if key or is_keyed(method, path):
            headers["idempotency-key"] = key or new_key(self._skew)
        if etag:
            headers["if-match"] = f'"{etag}"'
        repeats = is_repeatable(method, path) if repeatable is None else repeatable
        return Request(method, path, body, headers, query or {}, repeats, retries or self.retries, not key)

    def send(self, request: Request) -> Response:
        """Return the response of a request.

        Raises: ApiError, ResponseMissing, SignInRequired.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._attempt(request)
            except (ApiError, ResponseMissing) as error:
                pause = self._pause(request, attempt, error)
                if pause is None or attempt >= request.retries.attempts or pause > request.seconds_left():
                    raise
            self._sleep(pause)

    def _attempt(self, request: Request) -> Response:
        """Send a request once, and again at once if its token or the time of its key was denied."""
        token = self.tokens.get()
        response = self._send_once(request, token)
        if response.status == 401 and code_of(response) != REVOKED:
            renewed = self.tokens.renew(token)
            if renewed != token:
                response = self._send_once(request, renewed)
        if response.status == 422 and code_of(response) == KEY_TIME_INVALID and self._correct_key(request, response):
            response = self._send_once(request, self.tokens.get())
        if response.status == 404 and request.method == "DELETE" and request.has_unknown_attempt:
            return Response(204, response.headers, None)  # an earlier attempt has deleted it
        if response.status >= 400:
            document = response.document if isinstance(response.document, dict) else {}
            raise ApiError(response.status, document, retry_after_of(response.headers))
        return response

    def _send_once(self, request: Request, token: AccessToken) -> Response:
        headers = {**request.headers, "authorization": f"Bearer {token.value}"}
        timeout = max(0.1, min(self._timeout, request.seconds_left()))
        content: dict[str, Any] = {} if request.body is None else {"json": request.body}
        if request.query:
            content["params"] = request.query
        try:
            done = self.plain.request(request.method, self._url + request.path, headers=headers, timeout=timeout, **content)
        except httpx.TransportError as error:
            unknown = not isinstance(error, NOT_SENT)
            request.has_unknown_attempt |= unknown
            raise ResponseMissing(request.method, request.path, error, is_outcome_unknown=unknown) from error
        request.has_unknown_attempt |= done.status_code in BUSY
        return Response(done.status_code, done.headers, document_of(done))

    def _pause(self, request: Request, attempt: int, error: ApiError | ResponseMissing) -> float | None:
        """Return the seconds before the next attempt; None if the request must not be sent again."""
        if isinstance(error, ResponseMissing):
            is_safe = request.is_repeatable or not error.is_outcome_unknown
            return request.retries.pause(attempt) if is_safe else None
        # Denied with a time, such as a note whose pictures are not checked yet: it had no effect.
        is_denied_for_now = error.status == 429 or (error.status == 409 and error.retry_after is not None)
        is_safe = is_denied_for_now or (error.status in BUSY and request.is_repeatable)
        return request.retries.pause(attempt, error.retry_after) if is_safe else None

    def _correct_key(self, request: Request, response: Response) -> bool:
        """Give a request a key of the server's time. Only a key of this client's is replaced, and only once."""
        server_time = response.document.get("server_time")
        if not server_time or not request.is_key_correctable or request.has_unknown_attempt:
            return False
        request.is_key_correctable = False
        self._skew = (datetime.fromisoformat(server_time) - datetime.now(UTC)).total_seconds()
        request.headers["idempotency-key"] = new_key(self._skew)
        return True


def code_of(response: Response) -> str:
    """Return the code of a problem; empty if the gateway responded in place of a service."""
    document = response.document if isinstance(response.document, dict) else {}
    return str(document.get("type", "")).rpartition(":")[2]


def document_of(response: httpx.Response) -> Any:
    """Return the JSON body; None without one, and for a body of another type, such as a redirect's."""
    if not response.content or "json" not in response.headers.get("content-type", ""):
        return None
    try:
        return response.json()
    except ValueError:
        return None
