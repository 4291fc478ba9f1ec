"""The client of one user: calls, pages, pictures, downloads, and the connection that receives rooms."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, TypeVar, overload

import httpx
from pydantic import BaseModel

from coterie_client.connection import Connection
from coterie_client.errors import DownloadFailed, PictureRejected
from coterie_client.http import Http, Response
from coterie_client.models import UploadedPictureResponse, UploadResponse
from coterie_client.retries import Retries, new_key
from coterie_client.tokens import StaticToken, TokenSource

Model = TypeVar("Model", bound=BaseModel)
PAGE_SIZE = 100
WAITING = ("awaiting_upload", "processing")


class Client:
    """Calls the API for one user. Threads can share it.

    url: the base address, which ends with `/v1`. socket_url: the address of the WebSocket API, for `connect`.
    token: an access token or a source of them. language: of the texts in problems, such as `zh-CN`.
    timeout: the seconds of one attempt.
    """

    def __init__(
        self,
        url: str,
        token: str | TokenSource,
        *,
        socket_url: str = "",
        language: str = "en",
        retries: Retries | None = None,
        timeout: float = 20.0,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        tokens = StaticToken(token) if isinstance(token, str) else token
        self.socket_url, self._sleep = socket_url, sleep
        self.http = Http(url, tokens, language=language, retries=retries or Retries(), timeout=timeout, http=http, sleep=sleep)

    @overload
    def call(self, method: str, path: str, body: Any = None, *, model: type[Model], **options: Any) -> Model: ...

    @overload
    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any: ...

    def call(self, method: str, path: str, body: Any = None, *, model: type[Model] | None = None, **options: Any) -> Any:
        """Return the document of the response, as a `model` if one is given. `options` are those of `request`.

        Raises: ApiError, ResponseMissing, SignInRequired.
        """
        document = self.request(method, path, body, **options).document
        return model.model_validate(document) if model else document

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        etag: str = "",
        key: str = "",
        repeatable: bool | None = None,
        retries: Retries | None = None,
    ) -> Response:
        """Return the response of a request that succeeds.

        It is sent again after 429, and, where a repeat is safe, after 502, 503, 504 and lost connections.

        body: a model, or what JSON can express. etag: the state that a change is based on; "0" if it does not exist yet.
        key: the Idempotency-Key of an earlier call that is repeated; by default each call gets its own.
        repeatable: whether an attempt with an unknown outcome can be repeated; by default as the API declares it.
        Raises: ApiError, ResponseMissing, SignInRequired.
        """
        content = body.model_dump(mode="json", exclude_unset=True) if isinstance(body, BaseModel) else body
        options: dict[str, Any] = {"query": query, "etag": etag, "key": key, "repeatable": repeatable, "retries": retries}
        return self.http.send(self.http.prepare(method, path, content, **options))

    @overload
    def iterate(self, path: str, *, model: type[Model], limit: int = PAGE_SIZE, **query: Any) -> Iterator[Model]: ...

    @overload
    def iterate(self, path: str, *, limit: int = PAGE_SIZE, **query: Any) -> Iterator[Any]: ...

    def iterate(self, path: str, *, model: type[Model] | None = None, limit: int = PAGE_SIZE, **query: Any) -> Iterator[Any]:
        """Yield all items of a list. A page is requested when its first item is needed. limit: the items of a page."""
        cursor: dict[str, str] = {}
        while True:
            page = self.call("GET", path, query={"limit": limit, **query, **cursor})
            for item in page["items"]:
                yield model.model_validate(item) if model else item
            if not page["next_cursor"]:
                return
            cursor = {"cursor": page["next_cursor"]}

    def upload_picture(self, circle_id: str, data: bytes, type: str, *, room_id: str = "", wait: float = 30.0) -> str:
        """Upload a picture for a note, wait until the service has checked it, and return its id.

        room_id: of a room of the circle, for a message there.
        wait: the most seconds to wait for the check; 0 returns the id at once.
        Raises: PictureRejected, ApiError, ResponseMissing, SignInRequired.
        """
        place = f"/circles/{circle_id}/rooms/{room_id}" if room_id else f"/circles/{circle_id}"
        return self._upload(f"{place}/pictures", data, type, wait)

    def upload_avatar(self, data: bytes, type: str, *, wait: float = 30.0) -> str:
        """Upload an avatar as `upload_picture` does. PATCH /me with its id chooses it."""
        return self._upload("/me/avatars", data, type, wait)

    def _upload(self, path: str, data: bytes, type: str, wait: float) -> str:
        form = self.call("POST", path, {"type": type, "size": len(data)}, key=new_key(), model=UploadResponse)
        self._post_form(form, data, type)
        if wait:
            self._wait_for_picture(f"{path}/{form.picture_id}", form.picture_id, wait)
        return form.picture_id

    def download(self, path: str) -> bytes:
        """Return the file that a route redirects to. The other host never receives the access token.

        Raises: DownloadFailed, ApiError, ResponseMissing, SignInRequired.
        """
        retries = self.http.retries
        for attempt in range(1, retries.attempts + 1):
            # Each attempt gets a new address, because the earlier one may have expired.
            location = self.request("GET", path).headers.get("location", "")
            try:
                response = self.http.plain.get(location, timeout=60)
                response.raise_for_status()
                return response.content
            except (httpx.HTTPStatusError, httpx.TransportError) as error:
                if attempt == retries.attempts:
                    raise DownloadFailed(f"{path} could not be loaded: {error}") from error
            self._sleep(retries.pause(attempt))
        raise AssertionError("unreachable")

    def connect(self, **options: Any) -> Connection:
        """Return a connection that receives rooms and reconnects until it is closed; `options` are those of `Connection`."""
        if not self.socket_url:
            raise ValueError("the client has no socket_url")
        return Connection(self, self.socket_url, **options)

    def close(self) -> None:
        self.http.plain.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _post_form(self, form: UploadResponse, data: bytes, type: str) -> None:
        """Send the form to the bucket. A repeat stores the same file under the same name."""
        retries = self.http.retries
        for attempt in range(1, retries.attempts + 1):
            try:
                response = self.http.plain.post(form.url, data=form.fields, files={"file": ("picture", data, type)}, timeout=60)
            except httpx.TransportError:
                if attempt == retries.attempts:
                    raise
            else:
                if response.status_code < 300:
                    return
                if response.status_code < 500 or attempt == retries.attempts:
                    raise PictureRejected(form.picture_id, "not stored", response.text[:300])
            self._sleep(retries.pause(attempt))

    def _wait_for_picture(self, path: str, picture_id: str, seconds: float) -> None:
        deadline, pause = time.monotonic() + seconds, 0.1
        while True:
            picture = self.call("GET", path, model=UploadedPictureResponse)
            if picture.state == "ready":
                return
            if picture.state not in WAITING or time.monotonic() + pause > deadline:
                raise PictureRejected(picture_id, picture.state, picture.reason and picture.reason.model_dump())
            self._sleep(pause)
            pause = min(pause * 1.6, 2.0)
