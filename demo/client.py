"""A signed-in user's client, which calls the services as an app would."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

import httpx
from ulid import ULID
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from infra.cloud import Cloud, User

Result = TypeVar("Result")


class UnexpectedResponse(Exception):
    """A response that the scenario does not expect."""


class Client:
    """Calls the services with one user's access token."""

    def __init__(self, cloud: Cloud, user: User) -> None:
        self.cloud = cloud
        self.user = user
        self.name = user.name
        self.user_id = user.sub
        self.token = cloud.sign_in(user.name)
        self._http = httpx.Client(timeout=20, headers={"authorization": f"Bearer {self.token}"})

    def call(
        self, method: str, path: str, body: Any = None, *, expect: int = 200, key: str | None = None, etag: str = ""
    ) -> Any:
        """Return the response's document.

        key: the Idempotency-Key of a retry; without it, every write gets a new one.
        etag: the state that a change is based on; "0" if it does not exist yet.
        Raises: UnexpectedResponse (another status than `expect`).
        """
        status, document = self.ask(method, path, body, key=key, etag=etag)
        if status != expect:
            raise UnexpectedResponse(f"{method} {path} returned {status}, not {expect}: {str(document)[:500]}")
        return document

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None, etag: str = "") -> tuple[int, Any]:
        """Return the response's status and document, whatever the status is."""
        headers = {"idempotency-key": key or str(ULID())} if method in ("POST", "PUT") else {}
        if etag:
            headers["if-match"] = f'"{etag}"'
        response = self._http.request(method, self.cloud.url + path, json=body, headers=headers)
        return response.status_code, response.json() if response.content else None

    def get_real_name_token(self) -> str:
        """Return the real-name verifier's statement about this user."""
        return self.cloud.get_real_name_token(self.user)

    def pay(self, pay_url: str) -> None:
        """Pay at the provider's page."""
        response = httpx.post(pay_url, json={"card": "ok"}, timeout=20)
        if response.status_code != 200:
            raise UnexpectedResponse(f"the payment provider returned {response.status_code}: {response.text[:300]}")

    def upload_picture(self, circle_id: str, data: bytes, type: str) -> str:
        """Upload a picture of a note, and return its id."""
        return self.upload(f"/circles/{circle_id}/pictures", data, type)

    def upload(self, path: str, data: bytes, type: str) -> str:
        """Upload a picture to the bucket with the form that the route returns, and return its id."""
        form = self.call("POST", path, {"type": type, "size": len(data)}, expect=201)
        response = httpx.post(form["url"], data=form["fields"], files={"file": ("picture", data, type)}, timeout=20)
        if response.status_code >= 300:
            raise UnexpectedResponse(f"the upload returned {response.status_code}: {response.text[:300]}")
        return str(form["picture_id"])

    def download_picture(self, circle_id: str, note_id: str, index: int) -> bytes:
        return self.download(f"/circles/{circle_id}/notes/{note_id}/pictures/{index}")

    def download(self, path: str) -> bytes:
        """Return the file that the route redirects to."""
        response = self._http.get(self.cloud.url + path)
        if response.status_code != 302:
            raise UnexpectedResponse(f"GET {path} returned {response.status_code}")
        return httpx.get(response.headers["location"], timeout=20).content

    def connect(self) -> Socket:
        """Open a WebSocket with a new ticket."""
        return Socket(f"{self.cloud.socket_url()}?ticket={self.create_ticket()}")

    def create_ticket(self) -> str:
        return str(self.call("POST", "/socket-tickets", expect=201)["ticket"])


class Socket:
    """A WebSocket that stores every message pushed to it."""

    def __init__(self, address: str) -> None:
        self._context = ExitStack()
        self._connection = self._context.enter_context(connect(address, open_timeout=20))
        self.pushes: list[dict[str, Any]] = []

    def ask(self, action: str, **frame: Any) -> dict[str, Any]:
        """Send a frame and return the response frame. Messages pushed in between are stored."""
        ref = str(ULID())
        self._connection.send(json.dumps({"action": action, "ref": ref, **frame}))
        while True:
            response = self._next(20)
            if response.get("ref") == ref:
                return response

    def wait_for(self, seq: int, seconds: float) -> dict[str, Any]:
        """Return the pushed message with this sequence number."""
        return wait_until(lambda: self._find_push(seq), seconds, f"push {seq}", pause=0)

    def is_closed(self, seconds: float) -> bool:
        """Whether the service closes the connection within that time."""
        try:
            self._next(seconds)
        except ConnectionClosed:
            return True
        except TimeoutError:
            return False
        return self.is_closed(seconds)

    def close(self) -> None:
        self._context.close()

    def _find_push(self, seq: int) -> dict[str, Any] | None:
        for push in self.pushes:
            if push["seq"] == seq:
                return push
        try:
            self._next(0.2)
        except TimeoutError:
            return None
        return None

    def _next(self, seconds: float) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self._connection.recv(timeout=seconds))
        if frame["type"] == "message":
            self.pushes.append(frame)
        return frame


def wait_until(find: Callable[[], Result | None], seconds: float, what: str, *, pause: float = 0.05) -> Result:
    """Call `find` until it returns something, because events take effect after the response.

    Raises: UnexpectedResponse (nothing was found within `seconds`).
    """
    deadline = time.monotonic() + seconds
    while True:
        result = find()
        if result is not None:
            return result
        if time.monotonic() > deadline:
            raise UnexpectedResponse(f"{what} did not arrive within {seconds:g} s")
        time.sleep(pause)
